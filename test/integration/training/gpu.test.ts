import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gpuAvailable } from "../../../runtime/onnx/gpu.ts";

interface Answer {
  readonly device?: string;
  readonly weights?: readonly number[];
  readonly losses?: readonly number[];
  readonly messages?: readonly string[];
  readonly code?: string;
  readonly hint?: string;
}

/** Vulkan on the CPU, as Debian's `chromium` package brings it. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const trainOn = (device: string, environment: Record<string, string> = {}): Answer =>
  JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, "gpu-trainee.ts"), device], { encoding: "utf8", env: { ...process.env, ...environment } })) as Answer;
/** No driver can be found there. */
const noGpu = { VK_ICD_FILENAMES: "/nonexistent.json", VK_DRIVER_FILES: "/nonexistent.json" };
const vulkan = existsSync(SWIFTSHADER) ? { VK_ICD_FILENAMES: SWIFTSHADER } : (await gpuAvailable()).available ? {} : null;

describe.skipIf(process.platform !== "linux")("without a GPU", () => {
  test("`gpu-required` is an error that says what to do", () => {
    expect(trainOn("gpu-required", noGpu)).toMatchObject({ code: "gpu-not-available", hint: expect.stringContaining("gpu(or: cpu)") as string });
  });

  test("`gpu-preferred` trains on the CPU and says so", () => {
    const { device, messages } = trainOn("gpu-preferred", noGpu);
    expect(device).toBe("cpu");
    expect(messages?.[0]).toContain("training on the CPU");
  });
});

describe.skipIf(vulkan === null)(`with Vulkan (needs a driver, or Debian's chromium package for ${SWIFTSHADER})`, () => {
  test("training through WebGPU gives the CPU's network up to rounding", () => {
    const [gpu, cpu] = [trainOn("gpu-required", vulkan ?? {}), trainOn("cpu")];
    expect(gpu.device).toBe("gpu");
    gpu.losses?.forEach((loss, epoch) => expect(loss).toBeCloseTo(cpu.losses?.[epoch] ?? NaN, 4));
    gpu.weights?.forEach((weight, i) => expect(weight).toBeCloseTo(cpu.weights?.[i] ?? NaN, 3));
  });

  // SwiftShader computes on the CPU, a thousand times slower than ONNX Runtime does.
  test.skipIf(!existsSync(SWIFTSHADER))("`gpu-preferred` does not train on a software renderer, and says so", () => {
    const { device, messages } = trainOn("gpu-preferred", vulkan ?? {});
    expect(device).toBe("cpu");
    expect(messages).toEqual(["the GPU is slower than the CPU here; training on the CPU"]);
  });
});
