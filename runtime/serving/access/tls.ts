/** Certificate and key, for HTTPS. */
import { createPrivateKey, X509Certificate } from "node:crypto";
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
  /** Why clients that check the certificate turn away, in words, as far as its own dates say; null while they need not. */
  problem(): string | null;
}

/** @param now milliseconds since 1970. @throws MlspecError `tls-unusable`: unreadable, no PEM, encrypted, or a key of another certificate. */
export function readTls({ cert, key }: TlsFiles, now: () => number): Tls {
  try {
    const pem = { cert: readFileSync(cert), key: readFileSync(key) };
    refuseEncrypted(pem.key.toString("latin1"), key);
    createSecureContext(pem);
    const certificate = new X509Certificate(pem.cert);
    // OpenSSL compares only keys of one type with each other; of another it takes any, and then no handshake succeeds.
    if (!certificate.checkPrivateKey(createPrivateKey(pem.key))) throw new Error("the key is another certificate's");
    const { validFromDate, validToDate } = certificate;
    return { ...pem, problem: () => datesProblem(validFromDate, validToDate, now()) };
  } catch (cause) {
    if (cause instanceof MlspecError) throw cause;
    throw new MlspecError("tls-unusable", `The certificate ${cert} and the key ${key} cannot be used: ${messageOf(cause)}`, {
      hint: "Both must be PEM files, and the key must be the certificate's.", cause,
    });
  }
}

/** RFC 7468, 11; and what OpenSSL wrote before (RFC 1421, 4.6.1.1). */
function refuseEncrypted(pem: string, path: string): void {
  if (!/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) return;
  throw new MlspecError("tls-unusable", `The key ${path} is encrypted, and a server that starts by itself has nobody to ask for the passphrase.`, {
    where: { file: path }, hint: "Keep it unencrypted where only the server's user may read it: `openssl pkey -in key.pem -out plain-key.pem`.",
  });
}

function datesProblem(from: Date, to: Date, now: number): string | null {
  const day = (date: Date): string => `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  if (now > to.getTime()) return `the certificate expired on ${day(to)}: clients that check it turn away`;
  return now < from.getTime() ? `the certificate is not valid before ${day(from)}: clients that check it turn away` : null;
}
