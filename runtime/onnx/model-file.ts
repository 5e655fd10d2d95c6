/**
 * ONNX's file format: protocol buffers. Below is the part of `onnx.proto` that we use (field numbers and rules as in
 * github.com/onnx/onnx/blob/main/onnx/onnx.proto, Apache-2.0); fields that are left out are skipped when read.
 */
import type Long from "long";
import protobuf from "protobufjs";
import { MlspecError } from "../errors.ts";

const descriptor = `
syntax = "proto2";
package onnx;

message ModelProto {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional string domain = 4;
  optional int64 model_version = 5;
  optional string doc_string = 6;
  optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message StringStringEntryProto { optional string key = 1; optional string value = 2; }

message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  optional string doc_string = 10;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string doc_string = 6;
  optional string domain = 7;
}
message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  optional int32 type = 20;
}
message TensorProto {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
}
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
}
message TensorShapeProto {
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  repeated Dimension dim = 1;
}
`;

/** 64-bit integers are written from numbers or `Long`s; read, they come as strings or numbers by `toObject`'s options. */
type Integer = number | Long;

export interface TensorProto {
  readonly name?: string;
  readonly dims: readonly Integer[];
  readonly data_type: number;
  readonly raw_data?: Uint8Array;
  readonly string_data?: readonly Uint8Array[];
}
export interface ValueInfoProto {
  readonly name: string;
  readonly type: { readonly tensor_type: { readonly elem_type: number; readonly shape: { readonly dim: readonly ({ readonly dim_value: Integer } | { readonly dim_param: string })[] } } };
}
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: Integer;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly Integer[];
  readonly strings?: readonly Uint8Array[];
}
export interface NodeProto {
  readonly name: string;
  readonly op_type: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}
export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}
export interface ModelProto {
  readonly ir_version: Integer;
  readonly producer_name: string;
  readonly opset_import: readonly { readonly domain: string; readonly version: Integer }[];
  readonly graph: GraphProto;
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
}

const ModelType = protobuf.parse(descriptor, { keepCase: true }).root.lookupType("onnx.ModelProto");

export function encodeModel(model: ModelProto): Uint8Array {
  return ModelType.encode(model).finish();
}

/** The metadata that the model carries. Throws `model-unreadable` when the bytes are no ONNX model. */
export function readMetadata(model: Uint8Array): Readonly<Record<string, string>> {
  const entries = decodeModel(model).metadata_props;
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** 64-bit integers are read as numbers: shapes, versions and attributes stay far below 2^53. */
export function decodeModel(model: Uint8Array): ModelProto {
  try {
    const message = ModelType.decode(model);
    return ModelType.toObject(message, { longs: Number, arrays: true, defaults: false }) as ModelProto;
  } catch (cause) {
    throw new MlspecError("model-unreadable", "this is not an ONNX model, or the file is damaged", { cause });
  }
}
