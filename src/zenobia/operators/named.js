// What something is called, as a person who saw it would say, and what it holds.
at => {
  const line = text => (text || '').replace(/\s+/g, ' ').trim().slice(0, 80);
  const label = at.closest('label');
  const el = (label && label.control) || at.closest('a, button, input, select, textarea, summary, [role], [contenteditable]') || at;
  const roles = {a: 'link', button: 'button', select: 'list', textarea: 'field', input: 'field', summary: 'button', img: 'picture'};
  const inputs = {checkbox: 'checkbox', radio: 'radio button', button: 'button', submit: 'button', reset: 'button', image: 'button', file: 'file field'};
  const tag = el.localName, kind = tag === 'input' && inputs[el.type];
  const role = kind || (el.isContentEditable && 'field') || el.getAttribute('role') || roles[tag] || '';
  const own = kind === 'button' ? el.value : '';
  const text = tag === 'select' || el.isContentEditable || tag === 'textarea' ? '' : el.innerText;
  const name = line(el.getAttribute('aria-label') || (el.labels && el.labels[0] && el.labels[0].innerText) || own || text || el.placeholder || el.title || el.alt || el.name);
  const words = [role, name && `"${name}"`].filter(Boolean).join(' ') || `the ${tag}`;
  const secret = el.type === 'password' || /password|one-time-code|cc-/.test(el.autocomplete || '') || /card.?number|cvc|cvv|\bpin\b/i.test(el.name || '');
  const value = secret ? '' : String(el.value === undefined ? el.isContentEditable ? el.innerText : '' : el.value).slice(0, 200);
  return {words, value, secret};
}
