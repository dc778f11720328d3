// Finds what a person would mean by a label, best match first. Runs in the page; changes nothing.
// Gives {elements, found, present}: `found` describes each of `elements`; `present` names what fits the verb.
query => {
  const MOST = 40, PRESENT = 15, NAME = 120;
  const CLICKABLE = new Set(['link', 'button', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'checkbox',
    'radio', 'switch', 'option', 'treeitem']);
  const TYPABLE = new Set(['textbox', 'searchbox', 'spinbutton']);
  const CHECKABLE = new Set(['checkbox', 'radio', 'switch', 'menuitemcheckbox', 'menuitemradio']);
  const NAMED_BY_CONTENT = new Set([...CLICKABLE, 'heading', 'cell', 'gridcell', 'columnheader', 'rowheader', 'tooltip',
    'caption', 'term', 'legend', 'label']);
  const STANDS_AFTER_ITS_LABEL = new Set([...TYPABLE, ...CHECKABLE, 'combobox', 'listbox', 'slider', 'file', 'table', 'grid', 'list']);
  const ALIASES = {
    field: ['textbox', 'searchbox', 'combobox', 'spinbutton', 'file'], textbox: ['textbox', 'searchbox', 'spinbutton'],
    input: ['textbox', 'searchbox', 'combobox', 'spinbutton', 'file'], box: ['textbox', 'searchbox', 'checkbox'],
    searchbox: ['searchbox', 'textbox'], dropdown: ['combobox', 'listbox'], menu: ['menu', 'combobox', 'listbox'],
    combobox: ['combobox', 'listbox'], listbox: ['listbox', 'combobox'], list: ['list', 'listbox'],
    image: ['img'], img: ['img'], picture: ['img'], section: ['region', 'group', 'article', 'heading'],
    checkbox: ['checkbox', 'switch'], toggle: ['switch', 'checkbox'], switch: ['switch', 'checkbox'],
    'radio button': ['radio'], 'text field': ['textbox', 'searchbox'], icon: ['img', 'button', 'link'],
    headline: ['heading'], title: ['heading'], table: ['table', 'grid'], menuitem: ['menuitem', 'option', 'link'],
  };
  const INPUTS = {
    button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio',
    range: 'slider', number: 'spinbutton', search: 'searchbox', file: 'file', color: 'textbox', hidden: '',
  };
  const TAGS = {
    button: 'button', summary: 'button', textarea: 'textbox', option: 'option', h1: 'heading', h2: 'heading',
    h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading', img: 'img', nav: 'navigation', main: 'main',
    table: 'table', tr: 'row', td: 'cell', th: 'columnheader', ul: 'list', ol: 'list', li: 'listitem', form: 'form',
    dialog: 'dialog', article: 'article', fieldset: 'group', details: 'group', caption: 'caption', label: 'label',
    section: 'region', aside: 'complementary', header: 'banner', footer: 'contentinfo', progress: 'progressbar',
    meter: 'meter', output: 'status', dt: 'term', dd: 'definition', dl: 'list', legend: 'legend', figure: 'figure',
    p: 'paragraph', search: 'search', iframe: 'iframe', canvas: 'img', video: 'video', audio: 'audio',
  };
  const norm = text => (text || '').replace(/[\s\u00a0\u200b]+/g, ' ').trim();
  const plain = text => norm(text).toLowerCase().normalize('NFKC').replace(/[’‘]/g, "'").replace(/[“”]/g, '"');
  const bare = text => plain(text).replace(/\((required|optional)\)/g, '').replace(/^[\s*:.…·•>»→-]+|[\s*:.…·•?!>»→-]+$/g, '');

  function roleOf(el) {
    const said = norm(el.getAttribute('role')).split(' ')[0].toLowerCase();
    if (said && said !== 'presentation' && said !== 'none') return said;
    const tag = el.localName;
    if (tag === 'a' || tag === 'area') return el.hasAttribute('href') ? 'link' : '';
    if (tag === 'select') return el.multiple || el.size > 1 ? 'listbox' : 'combobox';
    if (tag === 'input') {
      const type = el.type;
      if (el.hasAttribute('list') && type in {text: 1, search: 1, email: 1, url: 1, tel: 1}) return 'combobox';
      return type in INPUTS ? INPUTS[type] : 'textbox';
    }
    if (el.isContentEditable && !(el.parentElement && el.parentElement.isContentEditable)) return 'textbox';
    return TAGS[tag] || '';
  }
  function visible(el) {
    if (el.localName === 'option') el = el.closest('select') || el;
    if (!el.checkVisibility || !el.checkVisibility({visibilityProperty: true})) return false;
    const box = el.getBoundingClientRect();
    return (box.width > 0 && box.height > 0) || [...el.children].some(visible);
  }
  function spoken(el, budget = 400) {  // what a reader would hear, without what is hidden
    if (el.nodeType === 3) return el.data;
    if (el.nodeType !== 1 && el.nodeType !== 11) return '';
    if (el.nodeType === 1) {
      if (['script', 'style', 'noscript', 'template', 'select', 'textarea'].includes(el.localName)) return '';
      if (el.getAttribute('aria-hidden') === 'true' || el.hidden) return '';
      const label = el.getAttribute('aria-label');
      if (label) return ` ${label} `;
      if (el.localName === 'img') return ` ${el.alt} `;
      if (el.localName === 'br') return ' ';
    }
    let text = '';
    for (const child of el.localName === 'slot' ? el.assignedNodes() : (el.shadowRoot || el).childNodes) {
      text += spoken(child, budget);
      if (text.length > budget) break;
    }
    return el.nodeType === 1 && !/^(a|b|i|em|strong|span|small|mark|code|sup|sub|u|abbr)$/.test(el.localName) ? ` ${text} ` : text;
  }
  const byIds = (el, attribute) => norm((el.getAttribute(attribute) || '').split(/\s+/).map(
    id => { const said = id && el.getRootNode().getElementById && el.getRootNode().getElementById(id); return said ? spoken(said) : ''; }).join(' '));
  const labels = el => [...(el.labels || [])].map(label => norm(spoken(label))).filter(Boolean);
  function named(el, role) {
    const said = byIds(el, 'aria-labelledby') || norm(el.getAttribute('aria-label'));
    if (said) return said;
    const label = labels(el).join(' ');
    if (label) return label;
    if (role === 'img') return norm(el.getAttribute('alt'));
    if (role === 'button' && el.localName === 'input') return norm(el.value || el.alt || {submit: 'Submit', reset: 'Reset'}[el.type]);
    if (role === 'table') { const caption = el.querySelector('caption'); if (caption) return norm(spoken(caption)); }
    if (el.localName === 'fieldset') { const legend = el.querySelector('legend'); if (legend) return norm(spoken(legend)); }
    if (NAMED_BY_CONTENT.has(role)) { const text = norm(spoken(el)); if (text) return text; }
    return norm(el.getAttribute('title')) || norm(el.getAttribute('placeholder'));
  }
  function nearby(el) {  // the text that stands where a label would, when the page names nothing
    for (let at = el, up = 0; at && up < 3; at = at.parentElement, up++) {
      let before = at.previousSibling;
      while (before && !norm(before.textContent)) before = before.previousSibling;
      if (before) return norm(spoken(before)).slice(0, NAME);
    }
    return '';
  }
  function* everything(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
    for (let el = walker.nextNode(); el; el = walker.nextNode()) {
      yield el;
      if (el.shadowRoot) yield* everything(el.shadowRoot);
    }
  }
  const editable = el => el.isContentEditable || ['input', 'textarea'].includes(el.localName);
  const pointed = el => el.hasAttribute('onclick') || el.hasAttribute('tabindex') ||
    (getComputedStyle(el).cursor === 'pointer' && !(el.parentElement && getComputedStyle(el.parentElement).cursor === 'pointer'));
  const wantedRoles = query.role ? ALIASES[plain(query.role)] || [plain(query.role)] : null;
  function fit(el, role) {  // 0 made for it, 1 possible, 2 only if nothing else has that name; null never
    if (wantedRoles && !wantedRoles.includes(role)) return null;
    switch (query.verb) {
      case 'type': return TYPABLE.has(role) || (role === 'combobox' && editable(el)) || (role && editable(el) && !CHECKABLE.has(role) && role !== 'button' && role !== 'file' && role !== 'slider') ? 0 : role === 'slider' ? 1 : null;
      case 'select': return role === 'combobox' || role === 'listbox' || role === 'radiogroup' || /listbox|menu|true/.test(el.getAttribute('aria-haspopup') || '') ? 0
        : el.localName === 'fieldset' || role === 'group' ? 1 : null;
      case 'check': case 'uncheck': return CHECKABLE.has(role) ? 0 : null;
      case 'upload': return role === 'file' ? 0 : role === 'button' || role === 'link' ? 1 : null;
      case 'option': return ['option', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'treeitem'].includes(role) ? 0 : role === 'listitem' ? 1 : null;
      case 'click': case 'download': case 'hover':
        if (CLICKABLE.has(role)) return 0;
        if (wantedRoles || TYPABLE.has(role) || role === 'combobox' || role === 'listbox' || role === 'slider' || role === 'file') return 1;
        return 2;
      default: return role && role !== 'paragraph' && role !== 'label' ? 0 : 1;
    }
  }
  const text = norm(query.text), lower = plain(query.text), core = bare(query.text);
  function levelOf(fields) {  // 0..5 exact by field, 10.. but for case, 20.. but for punctuation, 30.. the start, 40.. whole words, 60.. anywhere
    let best = 99;
    fields.forEach((field, at) => {
      for (const value of Array.isArray(field) ? field : [field]) {
        if (!value || best <= at) continue;
        const low = plain(value);
        let level = 99;
        if (value === text) level = at;
        else if (low === lower) level = 10 + at;
        else if (core && bare(value) === core) level = 20 + at;
        else if (core && low.includes(core)) {
          const from = low.indexOf(core), to = from + core.length, edge = c => !c || !/[\p{L}\p{N}]/u.test(c);
          level = edge(low[from - 1]) && edge(low[to]) ? (from === 0 ? 30 : 40) + at : 60 + at;
        }
        if (level < best) best = level;
      }
    });
    return best;
  }
  const fitting = [], others = [], matches = [], strict = ['type', 'select', 'check', 'uncheck', 'upload', 'option'].includes(query.verb);
  for (const el of everything(document)) {
    const role = roleOf(el);
    if (el.localName === 'option' && el.closest('select')) continue;
    const rank = fit(el, role);
    if (rank === null || role === '' && strict) continue;
    const known = role && (rank < 2 || NAMED_BY_CONTENT.has(role) || role === 'img');
    if (!known) { if (!wantedRoles) others.push(el); continue; }
    const name = named(el, role);
    if (!strict && role === 'label' && el.control) continue;
    fitting.push({el, role, rank, name});
    const fields = [name, labels(el), norm(el.getAttribute('placeholder')), [norm(el.getAttribute('alt')), norm(el.getAttribute('title'))],
      !TYPABLE.has(role) && el.localName !== 'select' && (NAMED_BY_CONTENT.has(role) || el.childElementCount === 0) ? norm(spoken(el)) : '',
      STANDS_AFTER_ITS_LABEL.has(role) && !name ? nearby(el) : '',
      [norm(el.getAttribute('name')), el.id, el.localName === 'input' && el.type === 'radio' ? el.value : '']];
    const level = text ? levelOf(fields) : wantedRoles || rank === 0 ? 0 : 99;
    if (level < 99) matches.push({el, role, name, rank, key: level + (rank === 1 ? 25 : rank === 2 ? 45 : 0)});
  }
  const good = matches.some(match => match.key < 45);
  if (text && !strict && !good) {  // plain text: the innermost elements that hold it
    let near = [];
    for (const el of others) {
      if (el.childElementCount > 40 || el.textContent.length > 2000 || ['script', 'style', 'html', 'head', 'title', 'body', 'noscript', 'template'].includes(el.localName)) continue;
      const value = norm(el.innerText === undefined ? el.textContent : el.innerText);
      const level = levelOf([null, null, null, null, value]);
      if (level < 99) near.push({el, role: roleOf(el), name: value.slice(0, NAME), rank: 2, key: level + (pointed(el) ? 20 : 45)});
    }
    near = near.filter(one => !near.some(other => other !== one && one.el.contains(other.el) && other.key <= one.key + 5));
    matches.push(...near);
  }
  for (const match of matches) {
    match.visible = visible(match.el);
    match.enabled = !match.el.matches(':disabled') && match.el.getAttribute('aria-disabled') !== 'true';
  }
  const seen = matches.some(match => match.visible) && query.verb !== 'upload' ? matches.filter(match => match.visible || (CHECKABLE.has(match.role) && labels(match.el).length)) : matches;
  const inner = seen.filter(one => !seen.some(other => other !== one && other.key <= one.key && one.el.contains(other.el) && one.role !== 'heading'));
  inner.sort((a, b) => a.key - b.key || (a.el.compareDocumentPosition(b.el) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const kept = inner.slice(0, MOST);
  function place(el) {
    const part = el.parentElement && el.parentElement.closest('tr, li, article, fieldset, form, section, [role=row], [role=listitem], [role=group], [role=dialog], dialog, nav, footer, header');
    if (!part) return '';
    const heading = part.querySelector('h1, h2, h3, h4, h5, h6, legend, caption, th, td');
    return norm(spoken(heading || part)).slice(0, 60);
  }
  const describe = one => ({
    key: one.key, role: one.role, name: (one.name || norm(spoken(one.el))).slice(0, NAME), visible: one.visible, enabled: one.enabled,
    href: one.role === 'link' && one.el.href ? String(one.el.href) : '', place: place(one.el),
    kind: one.el.localName === 'input' ? `input ${one.el.type}` : one.el.isContentEditable ? 'editable' : one.el.localName,
  });
  const present = [];
  const shownRank = fitting.some(one => one.rank === 0 && visible(one.el)) ? 0 : 1;
  if (!kept.length) for (const one of fitting) {
    if (present.length === PRESENT) break;
    if (one.rank > shownRank || !one.name || !visible(one.el)) continue;
    const label = `${one.role} "${one.name.slice(0, 60)}"`;
    if (!present.includes(label)) present.push(label);
  }
  return {elements: kept.map(one => one.el), found: kept.map(describe), present};
}
