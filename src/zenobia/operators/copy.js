// What is selected, and, if it is cut, taken away. What a password field hides stays hidden.
cut => {
  let at = document.activeElement || document.body;
  while (at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  const field = (at.localName === 'input' && at.type !== 'password' || at.localName === 'textarea') && at.selectionStart !== null;
  const text = field ? at.value.slice(at.selectionStart, at.selectionEnd) : String(getSelection());
  if (cut && text && (field || at.isContentEditable)) document.execCommand('delete');
  return text.slice(0, 100000);
}
