/** Three things to try without the internet and without a model, on the demonstration site at `site`. */
export interface Demonstration {
  name: string;
  about: string;
  prompt: string;
}

export function demonstrations(site: string): readonly Demonstration[] {
  return [
    {
      name: "Read the news",
      about: "Searches a small town's newspaper and brings home what it found.",
      prompt: `# Read the news\nopen ${site}/news\nsearch for harbour\nscreenshot`,
    },
    {
      name: "Buy a lantern",
      about: "Fills in a checkout, and asks you before it places the order.",
      prompt: [
        "# Buy a lantern",
        `open ${site}/shop`,
        'click the "Storm lantern" link',
        'click the "Add to cart" button',
        'click "Go to checkout"',
        'type "Ada" into "Name"',
        'type "ada@saltmarsh.example" into "Email"',
        'type "1 Harbour Street" into "Address"',
        'click "Place order" (ask first)',
        'extract "Order" as order',
      ].join("\n"),
    },
    {
      name: "Pass a gate",
      about: "Comes to a page that only a person can pass, and asks you for a hand.",
      prompt: [
        "# Pass a gate",
        `open ${site}/gate`,
        'ask a person "Pick the three cats and press Verify"',
        'wait for "Behind the gate"',
        "screenshot",
      ].join("\n"),
    },
  ];
}
