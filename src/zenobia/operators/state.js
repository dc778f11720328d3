// Everything about an element and its form that a person who approves acting on it relies on.
el => {
  const form = el.form || el.closest('form') || el.closest('[role=dialog], dialog, [role=form]');
  const holds = field => {
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked;
    if (field.localName === 'select') return [...field.selectedOptions].map(option => option.value);
    return field.value === undefined ? field.innerText : field.value;
  };
  const fields = form ? [...form.querySelectorAll('input, select, textarea, [contenteditable], [aria-checked]')] : [];
  return {
    tag: el.localName,
    secret: el.type === 'password' || /password|one-time-code|cc-(number|csc)/.test(el.autocomplete || ''),
    text: (el.innerText || '').slice(0, 5000),
    value: String(el.value === undefined ? '' : el.value),
    checked: !!el.checked,
    disabled: !!el.disabled,
    href: el.href ? String(el.href) : '',
    name: el.getAttribute('aria-label') || '',
    action: form && form.action ? String(form.action) : '',
    method: form && form.method ? String(form.method) : '',
    fields: fields.map(field => [
      field.name || field.id || '', field.type || '', holds(field), field.getAttribute('aria-checked'),
      field.type === 'file' ? [...field.files].map(file => [file.name, file.size]) : null,
    ]),
    form: form ? (form.innerText || '').slice(0, 20000) : '',
  };
}
