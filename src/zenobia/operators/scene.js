// What a person sees of this document, as lines: what can be used, with a reference each, and what informs. Changes nothing.
// Gives {lines, next, scroll, picture}. A line is `depth ref place text` with tabs between, as thousands of small values take longer to
// hand over than to find; `place` is how many screens above (< 0) or below (> 0) the window.
({start, prefix}) => {
  const KEY = Symbol.for('zenobia.scene'), TEXT = 500, NAME = 120, VALUE = 200, OPTIONS = 15, MOST = 6000;
  const own = window[KEY] || Object.defineProperty(window, KEY, {value: {refs: new WeakMap(), held: new Map(), next: 1}})[KEY];
  own.next = Math.max(own.next, start);
  const norm = text => (text || '').replace(/[\s\u0000-\u001f\u0085\u00a0\u200b-\u200f\u202a-\u202e\u2060\ufeff]+/g, ' ').trim();
  const cut = (text, most) => text.length > most ? text.slice(0, most - 1) + '…' : text;
  const quote = text => JSON.stringify(cut(norm(text), NAME));
  const plain = text => /^[*\s]*\[?(f\d+)?e\d+\b/.test(text) ? JSON.stringify(text) : text;  // no text passes for a reference
  const INPUTS = {checkbox: 'checkbox', radio: 'radio', range: 'slider', number: 'spinbutton', search: 'searchbox', button: 'button',
    submit: 'button', reset: 'button', image: 'button', file: 'file field', color: 'color field'};
  const USABLE = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option',
    'textbox', 'searchbox', 'combobox', 'listbox', 'slider', 'spinbutton', 'file field', 'color field', 'treeitem', 'scrollbar', 'gridcell']);
  const BY_CONTENT = new Set(['button', 'link', 'tab', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'treeitem', 'switch',
    'checkbox', 'radio', 'gridcell', 'clickable', 'summary']);
  const PARTS = {nav: 'navigation', main: 'main', aside: 'aside', footer: 'footer', header: 'header', form: 'form', dialog: 'dialog',
    table: 'table', fieldset: 'group', search: 'search'};
  const PART_ROLES = new Set(['navigation', 'main', 'form', 'dialog', 'alertdialog', 'table', 'grid', 'menu', 'listbox', 'tablist',
    'radiogroup', 'group', 'region', 'alert', 'status', 'tree', 'toolbar', 'search', 'tabpanel']);
  const SKIP = new Set(['script', 'style', 'noscript', 'template', 'head', 'meta', 'link', 'title', 'datalist', 'source', 'track', 'object', 'embed']);
  const styles = new WeakMap();
  const style = el => { let s = styles.get(el); if (!s) styles.set(el, s = getComputedStyle(el)); return s; };
  const kids = el => el.localName === 'slot' && el.assignedNodes().length ? el.assignedNodes() : (el.shadowRoot || el).childNodes;
  const above = el => el.assignedSlot || el.parentElement || (el.getRootNode().host || null);
  const spoken = node => {
    if (node.nodeType === 3) return node.data;
    if (node.nodeType !== 1 || SKIP.has(node.localName)) return '';
    const s = style(node);
    if (s.display === 'none' || s.visibility !== 'visible' || s.opacity === '0') return '';
    if (node.localName === 'img') return ` ${node.alt} `;
    if (node.localName === 'svg') { const t = node.querySelector('title'); return t ? ` ${t.textContent} ` : ''; }
    if (['select', 'textarea', 'input'].includes(node.localName)) return '';
    let text = '';
    for (const child of kids(node)) { text += spoken(child); if (text.length > 2 * TEXT) break; }
    return s.display === 'inline' ? text : ` ${text} `;
  };
  const byIds = (el, name) => norm((el.getAttribute(name) || '').split(/\s+/).map(id => {
    const said = id && el.getRootNode().getElementById && el.getRootNode().getElementById(id); return said ? said.innerText || said.textContent : ''; }).join(' '));
  function roleOf(el) {
    const said = norm(el.getAttribute('role')).split(' ')[0].toLowerCase(), tag = el.localName;
    if (said && said !== 'presentation' && said !== 'none' && (USABLE.has(said) || PART_ROLES.has(said) || said === 'heading' || said === 'img')) return said;
    if ((tag === 'a' || tag === 'area') && el.hasAttribute('href')) return 'link';
    if (tag === 'button') return 'button';
    if (tag === 'select') return el.multiple || el.size > 1 ? 'listbox' : 'combobox';
    if (tag === 'textarea') return 'textbox';
    if (tag === 'input') return el.type === 'hidden' ? '' : INPUTS[el.type] || (el.list ? 'combobox' : 'textbox');
    if (tag === 'summary') return 'summary';
    if (tag === 'iframe' || tag === 'frame') return 'iframe';
    if (tag === 'video' || tag === 'audio' || tag === 'canvas') return tag;
    if (el.isContentEditable && !(el.parentElement && el.parentElement.isContentEditable)) return 'textbox';
    if (/^h[1-6]$/.test(tag)) return 'heading';
    return PARTS[tag] || '';
  }
  const native = el => ['input', 'select', 'textarea', 'button', 'a', 'summary'].includes(el.localName);
  function pointed(el) {  // made usable by a script: what a person's pointer tells them
    if (el === document.body || el === document.documentElement || el.localName === 'label') return false;
    if (el.hasAttribute('onclick') || (el.hasAttribute('tabindex') && el.tabIndex >= 0) || el.draggable && el.getAttribute('draggable') === 'true') return true;
    const up = above(el);
    return style(el).cursor === 'pointer' && !(up && style(up).cursor === 'pointer');
  }
  function nameOf(el, role) {
    const said = byIds(el, 'aria-labelledby') || norm(el.getAttribute('aria-label'));
    if (said) return said;
    const labels = norm([...(el.labels || [])].map(label => norm(spoken(label))).join(' '));
    if (labels) return labels;
    if (el.localName === 'input' && INPUTS[el.type] === 'button') return norm(el.value || el.alt || {submit: 'Submit', reset: 'Reset'}[el.type]);
    if (BY_CONTENT.has(role)) { const text = norm(spoken(el)); if (text) return text; }
    const inner = el.querySelector && el.querySelector('img[alt], svg title, [aria-label]');
    return norm(el.getAttribute('title')) || norm(el.getAttribute('placeholder')) || norm(el.getAttribute('alt')) ||
      (BY_CONTENT.has(role) && inner ? norm(inner.getAttribute('alt') || inner.getAttribute('aria-label') || inner.textContent) : '') ||
      (el.localName === 'fieldset' && el.querySelector('legend') ? norm(el.querySelector('legend').innerText) : '') || norm(el.getAttribute('name'));
  }
  function refOf(el, role) {
    let number = own.refs.get(el);
    if (!number) { own.refs.set(el, number = own.next++); }
    own.held.set(number, {element: new WeakRef(el), role, name: nameOf(el, role).slice(0, 60)});
    return `${prefix}e${number}`;
  }
  own.named = own.named || ((el, role) => nameOf(el, role).slice(0, 60));
  const secret = el => el.type === 'password' || /one-time-code|cc-(number|csc)/.test(el.autocomplete || '') || !['none', '', undefined].includes(style(el).webkitTextSecurity);
  function states(el, role) {
    const is = name => el.getAttribute('aria-' + name), all = [];
    if (role !== 'radio' && el.localName === 'input' && el.type in {date: 1, time: 1, email: 1, tel: 1, url: 1, month: 1, week: 1, 'datetime-local': 1, password: 1}) all.push(`(${el.type})`);
    if (el.checked === true && el.localName === 'input' || is('checked') === 'true') all.push('checked');
    if (is('checked') === 'mixed' || el.indeterminate) all.push('partly checked');
    if (is('selected') === 'true') all.push('selected');
    if (is('pressed') === 'true') all.push('pressed');
    if (is('current') && is('current') !== 'false') all.push('current');
    if (is('expanded') === 'true' || el.localName === 'summary' && el.parentElement && el.parentElement.open) all.push('expanded');
    else if (is('expanded') === 'false' || el.localName === 'summary') all.push('collapsed');
    if (el.matches(':disabled') || is('disabled') === 'true') all.push('disabled');
    if (el.required || is('required') === 'true') all.push('required');
    if (el.readOnly && el.localName !== 'button' && native(el)) all.push('read-only');
    if (is('invalid') === 'true' || native(el) && el.value && el.validity && !el.validity.valid) all.push('invalid');
    if (el.getRootNode().activeElement === el) all.push('focused');
    if (el.localName === 'select') {
      const options = [...el.options], chosen = [...el.selectedOptions].map(o => norm(o.label)).join(', ');
      all.push(`= ${JSON.stringify(cut(chosen, VALUE))} of ${options.slice(0, OPTIONS).map(o => cut(norm(o.label), 40)).join(' | ')}${options.length > OPTIONS ? ` | … ${options.length - OPTIONS} more` : ''}`);
    } else if (el.localName === 'input' && el.type === 'file') {
      if (el.files.length) all.push('= ' + [...el.files].map(f => JSON.stringify(cut(f.name, 80))).join(', '));
    } else if (['textbox', 'searchbox', 'combobox', 'spinbutton', 'slider'].includes(role)) {
      const value = native(el) ? el.value : role === 'slider' || role === 'spinbutton' ? is('valuetext') || is('valuenow') : el.isContentEditable ? el.innerText : '';
      if (value) all.push('= ' + (secret(el) ? '(hidden)' : JSON.stringify(cut(norm(value), VALUE))));
      if (role === 'slider' && el.max) all.push(`from ${el.min || 0} to ${el.max}`);
      const hint = norm(el.getAttribute('placeholder'));
      if (!value && hint && hint !== nameOf(el, role)) all.push(`hint ${quote(hint)}`);
    }
    return all.length ? ' ' + all.join(' ') : '';
  }
  const opaque = el => { const s = style(el), c = s.backgroundColor.match(/[\d.]+/g) || []; return s.backgroundImage !== 'none' || (c.length >= 3 && (c.length < 4 || +c[3] > 0.5)) || ['img', 'video', 'canvas', 'iframe'].includes(el.localName); };
  const hit = (x, y) => { let el = document.elementFromPoint(x, y); while (el && el.shadowRoot) { const in_ = el.shadowRoot.elementFromPoint(x, y); if (!in_ || in_ === el) break; el = in_; } return el; };
  const within = (el, root) => { for (let at = el; at; at = above(at)) if (at === root) return true; return false; };
  function covered(el, box) {  // something opaque lies over it, wherever one looks
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth), top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    if (right - left < 1 || bottom - top < 1) return false;
    for (const [fx, fy] of [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]]) {
      const over = hit(left + (right - left) * fx, top + (bottom - top) * fy);
      if (!over || within(over, el) || within(el, over)) return false;
      let at = over, hides = false;
      for (; at && !within(el, at); at = above(at)) if (opaque(at)) { hides = true; break; }
      if (!hides) return false;
    }
    return true;
  }
  const background = el => { for (let at = el; at; at = above(at)) { const s = style(at); if (s.backgroundImage !== 'none') return null; const c = s.backgroundColor; if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
  const unreadable = el => { const s = style(el); return parseFloat(s.fontSize) < 2 || /, 0\)$/.test(s.color) && s.color.startsWith('rgba') && s.webkitBackgroundClip !== 'text' || (s.color === background(el) && s.webkitBackgroundClip !== 'text'); };
  const lines = [], visited = new Set();
  let run = '', runAt = null, runDepth = 0, sees = false;
  const screens = pixels => Math.round(Math.max(1, pixels) / Math.max(1, innerHeight) * 1000) / 1000 || 0.001;
  const place = box => box.bottom <= 0 ? -screens(-box.bottom) : box.top >= innerHeight ? screens(box.top - innerHeight) : 0;
  const emit = (depth, text, ref, box) => { if (lines.length < MOST) lines.push([depth, norm(text), ref, place(box)]); };  // one line, whatever attributes hold
  function flush() {
    const text = norm(run), last = lines[lines.length - 1];
    if (text && runAt && !(last && last[1].endsWith(` ${quote(text)}:`))) {  // the name of a part need not be said twice
      const box = runAt.getBoundingClientRect();
      if (place(box) || !covered(runAt, box)) emit(runDepth, plain(cut(text, TEXT)), null, box);
    }
    run = ''; runAt = null;
  }
  const say = (text, el, depth) => { if (!runAt) { runAt = el; runDepth = depth; } run += text; };
  const clipped = (box, clip) => clip && (box.right <= clip.left || box.left >= clip.right || box.bottom <= clip.top || box.top >= clip.bottom);
  const apart = box => box.right + scrollX <= 0 || box.bottom + scrollY <= 0;  // where nobody can scroll
  function holdsUsable(el) {
    const walk = node => { for (const child of kids(node)) if (child.nodeType === 1 && ((USABLE.has(roleOf(child)) || child.localName === 'summary' || child.localName === 'iframe') && shown(child) || walk(child))) return true; return false; };
    return walk(el);
  }
  const shown = el => { const s = style(el), b = el.getBoundingClientRect(); return s.display !== 'none' && s.visibility === 'visible' && (b.width > 1 && b.height > 1) && !apart(b); };
  function labelled(el) { return [...(el.labels || [])].some(shown); }
  function usable(el, role, depth, box) {
    const custom = role === 'checkbox' || role === 'radio' || role === 'file field' || role === 'switch';
    if (!(box.width > 1 && box.height > 1) && !(custom && labelled(el)) && role !== 'option') return false;
    if (!place(box) && !(custom && labelled(el)) && covered(el, box)) return true;
    const name = nameOf(el, role), ref = refOf(el, role);
    if (!name && place(box) === 0 && (role === 'link' || role === 'button' || role === 'clickable')) sees = true;
    const where = role === 'link' && !name ? ' to ' + cut(el.getAttribute('href') || '', 60) : '';
    emit(depth, `[${ref}] ${role}${name ? ' ' + quote(name) : ''}${where}${states(el, role)}`, ref, box);
    return true;
  }
  function row(el, depth, box) {  // a table's row in one line, unless something in it can be used
    const cells = [...el.children].filter(cell => style(cell).display !== 'none').map(cell => norm(spoken(cell)));
    if (cells.some(Boolean)) emit(depth, plain(cut(cells.join(' | '), TEXT)), null, box);
  }
  function visit(el, depth, clip) {
    if (visited.has(el) || SKIP.has(el.localName) || lines.length >= MOST) return;
    visited.add(el);
    const s = style(el);
    if (s.display === 'none' || s.contentVisibility === 'hidden') return;
    const role = roleOf(el), box = el.getBoundingClientRect();
    const custom = el.localName === 'input' && ['checkbox', 'radio', 'file'].includes(el.type);
    if (s.opacity === '0' && !custom) return;
    if (s.position === 'fixed') clip = null;
    if (s.display !== 'contents' && el.localName !== 'slot') {
      if (!custom && box.width && apart(box)) return;
      if (clipped(box, clip) && box.width) return;
      if (box.width <= 1 && box.height <= 1 && s.overflow !== 'visible' && !custom) return;
      if (/^(hidden|clip)$/.test(s.overflowY) && s.display !== 'inline') {
        const now = {left: box.left, top: box.top, right: box.right, bottom: box.bottom};
        clip = clip ? {left: Math.max(clip.left, now.left), top: Math.max(clip.top, now.top), right: Math.min(clip.right, now.right), bottom: Math.min(clip.bottom, now.bottom)} : now;
        if (el === document.body || el === document.documentElement) clip = null;
      }
    }
    const visible = s.visibility === 'visible', block = s.display !== 'inline' && s.display !== 'contents';
    if (visible && el.localName === 'label' && el.control && el.control !== el) {  // it is the name of its control
      for (const child of kids(el)) if (child.nodeType === 1) visit(child, depth, clip);
      return;
    }
    if (visible && role === 'iframe') { flush(); const ref = refOf(el, role); if (box.width > 1 && box.height > 1) emit(depth, `[${ref}] iframe ${quote(nameOf(el, role))}`, ref, box); return; }
    if (visible && (role === 'canvas' || role === 'video' || role === 'audio')) { flush(); if (box.width > 8) { sees = sees || role !== 'audio'; usable(el, role, depth, box); } return; }
    const use = visible && (USABLE.has(role) || role === 'summary');
    const point = visible && !use && !native(el) && pointed(el) && (box.width > 1 && box.height > 1);
    if (use || point) {
      const kind = use ? role : PART_ROLES.has(role) ? role : 'clickable';
      const large = !use && norm(spoken(el)).length > 150, nested = holdsUsable(el);
      flush();
      if (large || (!use && nested)) {
        const ref = refOf(el, 'part');
        if (!place(box) && covered(el, box)) return;
        emit(depth, `[${ref}] ${kind}${el.getAttribute('aria-label') ? ' ' + quote(el.getAttribute('aria-label')) : ''}`, ref, box);
        for (const child of kids(el)) step(child, el, depth + 1, clip);
        flush();
        return;
      }
      usable(el, kind, depth, box);
      if (nested && el.localName !== 'select') { for (const child of kids(el)) if (child.nodeType === 1) onlyUsable(child, depth + 1, clip); }
      return;
    }
    if (visible && role === 'heading') {
      flush();
      const level = +(el.localName[1] || el.getAttribute('aria-level') || 2) || 2, text = norm(spoken(el));
      if (holdsUsable(el)) { for (const child of kids(el)) step(child, el, depth, clip); flush(); }
      else if (text && !unreadable(el) && (place(box) || !covered(el, box))) emit(depth, `${'#'.repeat(level)} ${cut(text, TEXT)}`, null, box);
      return;
    }
    if (visible && (el.localName === 'img' || role === 'img' || el.localName === 'svg')) {
      const name = norm(el.getAttribute('alt') || el.getAttribute('aria-label') || (el.querySelector && el.querySelector('title') || {}).textContent);
      if (!name && box.width > 100 && box.height > 100 && place(box) === 0) sees = true;
      if (name) { flush(); if (place(box) || !covered(el, box)) emit(depth, `image ${quote(name)}`, null, box); }
      return;
    }
    if (visible && (el.localName === 'tr' || el.getAttribute('role') === 'row') && !holdsUsable(el) && !el.querySelector('[onclick]') && s.cursor !== 'pointer') { flush(); row(el, depth, box); return; }
    if (el.localName === 'legend' && el.parentElement && el.parentElement.localName === 'fieldset') return;  // it is the group's name
    if (el.localName === 'br' || el.localName === 'hr') { run += ' '; return; }
    const part = visible && PART_ROLES.has(role) || visible && PARTS[el.localName] ? (role || PARTS[el.localName]) : '';
    if (part && !/^(group|region|form|search|status|table|grid|header|main|footer)$/.test(part) || part && byPart(el)) {
      flush();
      const before = lines.length, name = byPart(el);
      emit(depth, `${part}${name ? ' ' + quote(name) : ''}:`, null, box);
      for (const child of kids(el)) step(child, el, depth + 1, clip);
      flush();
      if (lines.length === before + 1) lines.pop();
      return;
    }
    if (block) flush();
    const closed = el.localName === 'details' && !el.open;
    for (const child of kids(el)) if (!closed || child.localName === 'summary') step(child, el, depth, clip);
    if (block) flush();
    if (/^(auto|scroll)$/.test(s.overflowY) && el !== document.body && el !== document.documentElement && el.scrollHeight > el.clientHeight + 20 && box.height > 40) {
      const left = el.scrollHeight - el.clientHeight - el.scrollTop;
      if (left > 20) emit(depth, `(this part scrolls: ${Math.round(left)} px more below, hover over it first)`, null, box);
    }
  }
  const byPart = el => byIds(el, 'aria-labelledby') || norm(el.getAttribute('aria-label')) || (el.localName === 'fieldset' && el.querySelector('legend') ? norm(el.querySelector('legend').innerText) : '');
  function onlyUsable(el, depth, clip) {
    if (USABLE.has(roleOf(el)) || el.localName === 'iframe') { visit(el, depth, clip); return; }
    for (const child of kids(el)) if (child.nodeType === 1) onlyUsable(child, depth, clip);
  }
  function step(child, parent, depth, clip) {
    if (child.nodeType === 1) visit(child, depth, clip);
    else if (child.nodeType === 3 && child.data.trim()) {
      if (style(parent.localName === 'slot' ? above(parent) || parent : parent).visibility === 'visible' && !unreadable(parent)) say(child.data, parent, depth);
    } else if (child.nodeType === 3) run += ' ';
  }
  const everything = root => [...root.querySelectorAll('*')].flatMap(el => el.shadowRoot ? [el, ...everything(el.shadowRoot)] : [el]);
  const modal = [...document.querySelectorAll('dialog:modal, [aria-modal="true"]')].filter(el => el.checkVisibility() && shown(el)).pop();
  if (modal) { emit(0, '(a dialog covers the rest of this page)', null, {top: 0, bottom: 1}); visit(modal, 0, null); } else if (document.body) visit(document.body, 0, null);
  flush();
  const root = document.scrollingElement || document.documentElement;
  const scroll = root ? {above: Math.round(root.scrollTop), below: Math.max(0, Math.round(root.scrollHeight - root.clientHeight - root.scrollTop)), height: innerHeight} : null;
  return {lines: lines.map(([depth, text, ref, place]) => `${depth}\t${ref || ''}\t${place}\t${text}`).join('\n'), next: own.next, scroll, picture: sees};
}
