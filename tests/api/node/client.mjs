// Calls the service with Hugging Face's unmodified client and prints what it understood.
import { readFileSync } from "node:fs";
import { InferenceClient } from "@huggingface/inference";

const [base, picturePath, token] = process.argv.slice(2);
const picture = readFileSync(picturePath);
const client = (path) => new InferenceClient(token || undefined, { endpointUrl: base + path });

const answer = {};
for (const path of ["/hf/image-classification", "/hf/zero-shot-image-classification"]) {
  answer[path] = {
    classified: await client(path).imageClassification({ data: new Blob([picture]) }),
    typed: await client(path).imageClassification({
      data: new Blob([picture], { type: "image/png" }),
    }),
    zeroShot: await client(path).zeroShotImageClassification({
      inputs: { image: new Blob([picture]) },
      parameters: { candidate_labels: ["cat", "dog"] },
    }),
  };
}
try {
  await client("/hf/image-classification").imageClassification({ data: new Blob(["junk"]) });
} catch (error) {
  answer.refusal = error.message;
}
process.stdout.write(JSON.stringify(answer));
