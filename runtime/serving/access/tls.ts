/** Certificate and key, for HTTPS. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { MlspecError, messageOf } from "../../errors.ts";

export interface TlsFiles {
  /** PEM: the server's certificate, then those that vouch for it. */
  readonly cert: string;
  readonly key: string;
}

export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws MlspecError `tls-unusable`: unreadable, no PEM, or a key of another certificate. */
export function readTls({ cert, key }: TlsFiles): Tls {
  try {
    const tls = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(tls);
    return tls;
  } catch (cause) {
    throw new MlspecError("tls-unusable", `The certificate ${cert} and the key ${key} cannot be used: ${messageOf(cause)}`, {
      hint: "Both must be PEM files, and the key must be the certificate's.", cause,
    });
  }
}
