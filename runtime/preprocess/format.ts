/** Operator set 19 (ONNX 1.14, May 2023) is the first in which texts can be compared; ONNX Runtime reads it since 1.15. */
export const modelFormat = { opset: 19, irVersion: 9 } as const;
