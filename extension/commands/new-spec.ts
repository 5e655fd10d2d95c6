import { SnippetString, window, workspace } from "vscode";

const starter = new SnippetString(`/// One row per person.
source people {
  read: csv("\${1:people.csv}")
  columns {
    age: int
    city: string?
    bought: bool
  }
  expect {
    require rows >= 100
    require age in 0..120
  }
}

/// Will this person buy?
label buys: bool {
  of: people
  is: bought
}

dataset history {
  examples: people
  label: buys
  features: people.*
  exclude: [people.bought]
  split: by_hash(train: 80%, validate: 10%, test: 10%)
}

model buyer {
  predict: buys from history
  fallback base_rate = 0.1
}

evaluation quality of buyer {
  metrics: [auc, log_loss]
  require auc >= 0.70
}

service answer {
  model: buyer
  otherwise: buyer.base_rate
}
`);

export async function newSpec(): Promise<void> {
  const document = await workspace.openTextDocument({ language: "mlspec" });
  const editor = await window.showTextDocument(document);
  await editor.insertSnippet(starter);
}
