/** Who may do what with a running service, as `mlspec serve` was told. `docs/serving.md`, "Who may ask". */
import { MlspecError } from "../../errors.ts";
import type { Clock } from "../parts.ts";
import { ensureSecretFile } from "../secret-file.ts";
import { isHostName, isLoopback } from "./hosts.ts";
import { readTls } from "./tls.ts";
import type { Tls, TlsFiles } from "./tls.ts";
import { tokensInFile, tokensOf } from "./tokens.ts";
import type { Tokens } from "./tokens.ts";

export interface Access {
  /** Names by which clients may call the server, beside those of this machine. */
  readonly hosts: ReadonlySet<string>;
  /** For what decides rollouts and what tells of them: outcomes, the arm of an answer. Opens everything else, too. */
  readonly service: Tokens;
  /** For predictions, metadata and metrics; null: they are open. */
  readonly predictions: Tokens | null;
  readonly tls: Tls | null;
}

/** A token by its file or, from the environment, by itself. */
export interface TokenFrom {
  readonly file: string | undefined;
  readonly text: string | undefined;
  /** What the variable is called, for messages. */
  readonly variable: string;
}

export interface AccessOptions {
  /** Address to listen on. */
  readonly host: string;
  readonly allowHosts: readonly string[];
  readonly token: TokenFrom;
  readonly predictionsToken: TokenFrom;
  readonly tls: TlsFiles | null;
  /** Where the service's token is kept when none is given; made when it is not there. */
  readonly ownTokenFile: string;
  /** Told to let everyone who reaches the port ask for predictions. */
  readonly openToAll: boolean;
}

/** @throws MlspecError `bad-argument`, `token-needed`, `token-unusable`, `tls-unusable`. */
export function openAccess(options: AccessOptions, clock: Clock, onTrouble: (error: unknown, doing: string) => void): Access {
  for (const name of options.allowHosts) {
    if (!isHostName(name)) throw new MlspecError("bad-argument", `--allow-host must be a name or an address, but is ${JSON.stringify(name)}`, { hint: "Without scheme, port and path: yarn.example. Clients may call it with any port." });
  }
  const beyond = !isLoopback(options.host);
  const inFile = (path: string): Tokens => tokensInFile(path, () => clock.monotonic(), onTrouble);
  const given = ({ file, text, variable }: TokenFrom): Tokens | null => (file !== undefined ? inFile(file) : text !== undefined ? tokensOf(text, `$${variable}`) : null);
  const predictions = given(options.predictionsToken);
  if (beyond && predictions === null && !options.openToAll) {
    throw new MlspecError("token-needed", `Everyone who reaches ${options.host} could ask this service.`, {
      hint: "Give predictions a token (--predict-token-file, or MLSPEC_PREDICT_TOKEN), or say --insecure-open-predictions. Outcomes need a token in any case.",
    });
  }
  const tls = options.tls === null ? null : readTls(options.tls, () => clock.now());
  const own = (): Tokens => {
    ensureSecretFile(options.ownTokenFile);
    return inFile(options.ownTokenFile);
  };
  return { hosts: new Set([...options.allowHosts, options.host].map((name) => name.toLowerCase())), service: given(options.token) ?? own(), predictions, tls };
}
