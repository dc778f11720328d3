// Reads the hits of a search page: the largest group of alike blocks in the main content, each with a headline link.
() => {
  const MOST = 100;
  const line = text => (text || '').replace(/\s+/g, ' ').trim();
  const shown = el => el.checkVisibility({visibilityProperty: true});
  const outside = 'nav, header, footer, aside, form, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary], [aria-label*="pagination" i], [class*="pagination" i], [class*="breadcrumb" i], [hidden], dialog';
  const main = document.querySelector('main, [role=main], #main, #content, #search, #results, #b_results, #links') || document.body;
  const shape = el => `${el.localName}.${[...el.classList].sort().slice(0, 2).join('.')}`;
  const links = [...main.querySelectorAll('a[href]')].filter(a => {
    const around = a.closest(outside);
    return /^https?:$/.test(a.protocol) && shown(a) && !(around && main.contains(around) && !(around.localName === 'header' && around.closest('article, li')));
  });
  const elsewhere = a => a.href.split('#')[0] !== location.href.split('#')[0];
  const headline = a => a.querySelector('h1, h2, h3, h4, h5, h6, [role=heading]') || a.closest('h1, h2, h3, h4, h5, h6, [role=heading]');

  // The block of a link: the largest ancestor that holds no other block's headline.
  const heads = links.filter(a => elsewhere(a) && headline(a));
  function blockOf(a, among) {
    let block = a;
    while (block.parentElement && block.parentElement !== main && main.contains(block.parentElement)) {
      const up = block.parentElement;
      if (among.some(other => other !== a && up.contains(other) && other.href !== a.href)) break;
      block = up;
    }
    return block;
  }
  function grouped(candidates) {
    const groups = new Map(), blocks = new Set();
    for (const a of candidates) {
      const block = blockOf(a, candidates);
      if (blocks.has(block)) continue;
      blocks.add(block);
      const key = block.parentElement ? `${shape(block)}` : '';
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push({a, block});
    }
    const weight = group => group.reduce((sum, one) => sum + 1 + Math.min(2, line(one.block.innerText).length / 100), 0);
    const best = [...groups.values()].sort((x, y) => weight(y) - weight(x))[0] || [];
    const parents = new Set(best.map(one => one.block.parentElement));  // other shapes in the same list are hits too
    const all = [...groups.values()].flat().filter(one => best.includes(one) || parents.has(one.block.parentElement));
    return all.sort((x, y) => x.block.compareDocumentPosition(y.block) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  }
  function titleOf(one) {
    const head = headline(one.a);
    return line((head && one.a.contains(head) ? head : one.a).innerText) || line(one.a.innerText) || line(one.a.getAttribute('aria-label'));
  }
  function snippetOf(one, title) {
    const paragraphs = [...one.block.querySelectorAll('p, [class*="snippet" i], [class*="description" i], [class*="summary" i], [class*="abstract" i], [class*="excerpt" i], dd, blockquote')]
      .filter(el => shown(el) && !el.contains(one.a)).map(el => line(el.innerText)).filter(text => text && text !== title);
    if (paragraphs.length) return paragraphs.reduce((a, b) => (b.length > a.length ? b : a)).slice(0, 1000);
    return line(one.block.innerText).replace(title, '').trim().slice(0, 1000);
  }
  let hits = grouped(heads);
  if (hits.length < 2) {  // no headlines: links that stand alone in a list item, a row or a block with more text
    const items = new Map();
    for (const a of links) {
      const item = a.closest('li, tr, article, dt, [role=listitem], [class*="result" i]');
      if (!item || !elsewhere(a)) continue;
      const held = items.get(item);
      if (!held || line(a.innerText).length > line(held.innerText).length) items.set(item, a);
    }
    const alone = grouped([...items.values()]);
    if (alone.length > hits.length) hits = alone;
  }
  const seen = new Set(), results = [];
  for (const one of hits) {
    const title = titleOf(one);
    if (!title || seen.has(one.a.href)) continue;
    seen.add(one.a.href);
    results.push({title, link: one.a.href, snippet: snippetOf(one, title)});
  }
  return results.slice(0, MOST);
}
