// Everything about an element and its form that a person who approves acting on it relies on.
el => {
  const form = el.form || el.closest('form') || el.closest('[role=dialog], dialog, [role=form]');
  const holds = field => {
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked;
    if (field.localName === 'select') return [...field.selectedOptions].map(option => option.value);
    return field.value === undefined ? field.innerText : field.value;
  };
  const own = name => form instanceof HTMLFormElement  // a field of that name would stand before the form's own
    ? String(Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, name).get.call(form)) : '';
  const line = text => (text || '').replace(/\s+/g, ' ').trim().slice(0, 300);
  const sender = form && form.querySelector('[type=submit], button:not([type=button]):not([type=reset])');
  const said = node => node && line(node.getAttribute('aria-label') || node.innerText || (node.localName === 'input' && !veiled(node) ? node.value : '') || node.title ||
    (node.querySelector('img[alt], [aria-label]') || {getAttribute: () => ''}).getAttribute('alt'));
  const has = what => !!form && !!form.querySelector(what);
  const typed = form ? [...form.querySelectorAll('input:not([type=hidden]):not([type=submit]):not([type=button]), textarea, select')] : [];
  const searching = !!form && (form.closest('[role=search], search') || has('input[type=search], [role=searchbox]') || /search|query|suche|recherche/i.test(own('action') + form.id + form.className) ||
    typed.length === 1 && /^(q|s|query|search|keywords?)$/i.test(typed[0].name)) && !has('textarea, input[type=password], input[type=file]');
  const fields = form ? [...form.querySelectorAll('input, select, textarea, [contenteditable], [aria-checked]')] : [];
  const bare = node => [...node.childNodes].map(one => one.nodeType === 3 ? one.data
    : one.nodeType !== 1 || ['select', 'textarea', 'script', 'style'].includes(one.localName) ? '' : bare(one)).join(' ');
  const label = field => line((field.labels && field.labels[0] && bare(field.labels[0])) || field.getAttribute('aria-label') || field.placeholder || field.name || field.id);
  const veiled = field => field.type === 'password' || !['none', '', undefined].includes(getComputedStyle(field).webkitTextSecurity) || /password|one-time-code|cc-/.test(field.autocomplete || '') || /card.?number|cvc|cvv|\bpin\b/i.test(field.name || '');
  const filled = fields.filter(field => !['hidden', 'submit', 'button', 'reset', 'image'].includes(field.type)).map(field => {
    const value = field.type === 'file' ? [...field.files].map(file => file.name).join(', ') : holds(field);
    return [label(field), value && veiled(field) ? '••••••' : Array.isArray(value) ? value.join(', ') : value];
  }).filter(([name, value]) => name && value !== '' && value !== false).slice(0, 30).map(([name, value]) => [name, String(value).slice(0, 200)]);
  return {
    filled,
    tag: el.localName,
    type: el.type || '',
    origin: location.origin,
    said: said(el.closest('button, a, [role=button], [role=link], [role=menuitem], summary') || el) || '',
    sends: said(sender) || '',
    editable: el.isContentEditable,
    inForm: !!form,
    submits: !!form && form.localName === 'form' && !!el.closest('[type=submit], [type=image], button:not([type=button]):not([type=reset])'),
    search: !!searching,
    password: has('input[type=password]'),
    card: has('[autocomplete^="cc-"], input[name*="cardnumber" i], input[name*="card-number" i], input[name*="cvc" i], input[name*="cvv" i]'),
    secret: el.type === 'password' || /password|one-time-code|cc-(number|csc)/.test(el.autocomplete || ''),
    text: (el.innerText || '').slice(0, 5000),
    value: String(el.value === undefined ? '' : el.value),
    checked: !!el.checked,
    disabled: !!el.disabled,
    href: String((el.closest('a[href], area[href]') || {href: ''}).href),
    name: el.getAttribute('aria-label') || '',
    action: String((el.closest('[formaction]') || {}).formAction || own('action')),
    method: own('method'),
    fields: fields.map(field => [
      field.name || field.id || '', field.type || '', holds(field), field.getAttribute('aria-checked'),
      field.type === 'file' ? [...field.files].map(file => [file.name, file.size]) : null,
    ]),
    form: form ? (form.innerText || '').slice(0, 20000) : '',
  };
}
