// What a person could use of a page, counted by a script that knows none of those that are compared: native controls, roles,
// click handlers. How many there are, how many have a reference of ours, and how many bear the mark.
mark => {
  const roles = ['button', 'link', 'checkbox', 'radio', 'switch', 'tab', 'menuitem', 'option', 'textbox', 'combobox',
    'slider', 'spinbutton'].map(role => `[role=${role}]`);
  const query = ['a[href]', 'button', 'input:not([type=hidden])', 'select', 'textarea', 'summary', '[onclick]',
    '[contenteditable]', '[tabindex]:not([tabindex="-1"])', '[style*="cursor:pointer"]', ...roles].join(', ');
  const within = el => [el.shadowRoot, el.localName === 'iframe' && el.contentDocument].filter(Boolean).flatMap(all);
  const all = root => [...root.querySelectorAll('*')].flatMap(el => [el, ...within(el)]);
  const seen = el => { const box = el.getBoundingClientRect(); return el.checkVisibility({visibilityProperty: true})
    && box.width > 1 && box.height > 1 && box.right + scrollX > 0; };
  const ours = el => { const own = el.ownerDocument.defaultView[Symbol.for('zenobia.scene')]; return own && own.refs.has(el); };
  const usable = all(document).filter(el => seen(el) && el.matches(query));
  return [usable.length, usable.filter(ours).length, usable.filter(el => el[mark]).length];
}
