/** What the help of a command says beside its options: what it is like in use, and where it stands among the others. A test parses every example. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  "init": ["mlspec init visits.csv", "mlspec init visits.csv --label returned --output specs/visits.mlspec"],
  "validate": ["mlspec validate shop.mlspec", "mlspec validate specs/ --strict --format sarif --output findings.sarif"],
  "compile": ["mlspec compile shop.mlspec", "mlspec compile --schema"],
  "fmt": ["mlspec fmt shop.mlspec", "mlspec fmt --check ."],
  "lineage": ["mlspec lineage shop.mlspec", "mlspec lineage shop.mlspec people.age --direction down"],
  "explain": ["mlspec explain", "mlspec explain leakage-through-time"],
  "run": ["mlspec run shop.mlspec", "mlspec run shop.mlspec --until data", "mlspec run shop.mlspec --model buyer --fresh"],
  "predict": ["mlspec predict shop.mlspec --input rows.csv --output predictions.csv", "mlspec predict shop.mlspec --input - --version 3fa9 --json"],
  "status": ["mlspec status shop.mlspec", "mlspec status shop.mlspec --watch", "mlspec status shop.mlspec --json"],
  "versions": ["mlspec versions shop.mlspec"],
  "serve": ["mlspec serve shop.mlspec --port 8080", "mlspec serve shop.mlspec --service answer --strict --events ndjson"],
  "rollout": ["mlspec rollout start shop.mlspec", "mlspec rollout status shop.mlspec"],
  "rollout start": ["mlspec rollout start shop.mlspec", "mlspec rollout start shop.mlspec release --version 3fa9"],
  "rollout status": ["mlspec rollout status shop.mlspec"],
  "rollout approve": ["mlspec rollout approve shop.mlspec --by lead@example.org"],
  "rollout pause": ["mlspec rollout pause shop.mlspec --reason \"odd latencies\""],
  "rollout resume": ["mlspec rollout resume shop.mlspec"],
  "rollout abort": ["mlspec rollout abort shop.mlspec --reason \"complaints\""],
  "deploy": ["mlspec deploy shop.mlspec 3fa9 --dry-run", "mlspec deploy shop.mlspec 3fa9 --reason \"the rollout's host is gone\""],
  "promote": ["mlspec promote shop.mlspec 3fa9 --reason \"agreed with the shop\""],
  "rollback": ["mlspec rollback shop.mlspec", "mlspec rollback shop.mlspec --to 3fa9 --abort-rollout"],
  "state": ["mlspec state rebuild shop.mlspec"],
  "state rebuild": ["mlspec state rebuild shop.mlspec --live answer=3fa9c04be21d --by lead@example.org"],
  "doctor": ["mlspec doctor"],
  "completion": ["mlspec completion bash > ~/.local/share/bash-completion/completions/mlspec", "mlspec completion zsh"],
  "language-server": ["mlspec language-server --stdio"],
};

/** In the order of the work. */
export const groups: readonly (readonly [string, readonly string[]])[] = [
  ["Write:", ["init", "validate", "fmt", "compile", "lineage", "explain"]],
  ["Make:", ["run", "predict"]],
  ["Serve and bring to users:", ["serve", "rollout", "versions", "deploy", "promote", "rollback"]],
  ["Look and mend:", ["status", "state", "doctor"]],
  ["For tools:", ["completion", "language-server"]],
];

export const environment: readonly (readonly [string, string])[] = [
  ["MLSPEC_STATE", "as --state"], ["MLSPEC_DATA", "as --data"],
  ["MLSPEC_TOKEN, MLSPEC_PREDICT_TOKEN", "the tokens that `serve` asks for"],
  ["MLSPEC_TENSORFLOW", "the folder of the TensorFlow.js that `engine: tensorflow` uses"],
  ["MLSPEC_DEBUG", "when set, errors show where in MLSpec they come from"],
  ["NO_COLOR, FORCE_COLOR", "as --color, which has the last word"],
];
