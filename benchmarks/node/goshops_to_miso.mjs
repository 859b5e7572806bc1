// Go Shops to Miso, line by line: ajv judges the event, then a function written by hand.
// node goshops_to_miso.mjs FOLDER_OF_node_modules SPEC FILE > OUTPUT
import { createRequire } from "node:module";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [modules, spec, file] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const document = JSON.parse(readFileSync(spec, "utf8"));
const ajv = addFormats(new Ajv({ strict: false }));
const valid = ajv.compile({ $ref: document["x-event"], components: document.components });

const TYPES = {
  view: "product_detail_page_view",
  like: "like",
  cart: "add_to_cart",
  purchase: "checkout",
};

function translate(event) {
  const data = event.data;
  return {
    type: TYPES[data.event],
    user_id: data.customer,
    timestamp: data.date,
    context: { custom_context: { goshops_project: event.project } },
    product_ids: [data.item],
  };
}

let parts = [];
for await (const line of createInterface({ input: createReadStream(file) })) {
  const event = JSON.parse(line);
  if (!valid(event)) throw new Error(ajv.errorsText(valid.errors));
  parts.push(JSON.stringify(translate(event)));
  if (parts.length === 1000) {
    process.stdout.write(parts.join("\n") + "\n");
    parts = [];
  }
}
if (parts.length) process.stdout.write(parts.join("\n") + "\n");
