// The same facts about one element as find.js gives about each of its matches.
el => {
  const line = text => (text || '').replace(/\s+/g, ' ').trim();
  const tag = el.localName, roles = {a: 'link', button: 'button', select: 'combobox', textarea: 'textbox', input: 'textbox'};
  const inputs = {checkbox: 'checkbox', radio: 'radio', button: 'button', submit: 'button', reset: 'button', file: 'file'};
  const label = el.labels && el.labels[0] && el.labels[0].innerText;
  const value = tag === 'input' && inputs[el.type] === 'button' ? el.value : '';
  return {
    key: 0, role: el.getAttribute('role') || (tag === 'input' && inputs[el.type]) || roles[tag] || '',
    name: line(el.getAttribute('aria-label') || label || el.innerText || value || el.placeholder || el.title).slice(0, 120),
    visible: el.checkVisibility({visibilityProperty: true}), enabled: !el.matches(':disabled'),
    href: el.href ? String(el.href) : '', place: '',
    kind: tag === 'input' ? `input ${el.type}` : el.isContentEditable ? 'editable' : tag,
  };
}
