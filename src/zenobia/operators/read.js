// Reads what an element says: rows of a table, items of a list, the section under a heading, a field's value, or text.
el => {
  const MOST = 1000;
  const norm = text => (text || '').replace(/[ \t\u00a0]+/g, ' ').replace(/\s*\n\s*/g, '\n').trim();
  const line = text => (text || '').replace(/\s+/g, ' ').trim();
  const text = node => norm(node.innerText === undefined ? node.textContent : node.innerText);

  function table(el) {
    const rows = [...el.querySelectorAll('tr, [role=row]')].filter(row => row.closest('table, [role=table], [role=grid]') === el);
    const cells = row => [...row.querySelectorAll('th, td, [role=cell], [role=gridcell], [role=columnheader], [role=rowheader]')]
      .filter(cell => cell.closest('tr, [role=row]') === row);
    const spans = (cell, way) => Math.max(1, Math.min(100, Number(cell[`${way}Span`] || cell.getAttribute(`aria-${way.toLowerCase()}span`)) || 1));
    const grid = rows.map(() => []);  // a cell that spans several places says the same in each of them
    rows.forEach((row, top) => cells(row).forEach(cell => {
      let left = 0;
      while (grid[top][left]) left++;
      for (let down = 0; down < spans(cell, 'row') && top + down < rows.length; down++)
        for (let right = 0; right < spans(cell, 'col'); right++) grid[top + down][left + right] = cell;
    }));
    const head = row => row.length > 0 && row.every(cell => cell.localName === 'th' || cell.getAttribute('role') === 'columnheader');
    const heads = grid.findIndex(head);
    let body = heads + 1;
    while (heads >= 0 && body < grid.length && head(grid[body])) body++;
    const above = at => grid.slice(heads, body).map(row => row[at]).filter((cell, level, all) => cell && all.indexOf(cell) === level);
    const names = heads >= 0 ? grid[heads].map((_, at) => above(at).map(cell => line(text(cell))).filter(Boolean).join(' ')) : [];
    const unique = names.map((name, at) => !name ? `column ${at + 1}` : names.indexOf(name) < at ? `${name} ${at + 1}` : name);
    return grid.slice(body).filter(row => row.length).slice(0, MOST).map(row =>
      Object.fromEntries(Array.from(row, (cell, at) => [unique[at] || `column ${at + 1}`, cell ? line(text(cell)) : ''])));
  }
  function section(heading) {
    const level = el => /^h[1-6]$/.test(el.localName) ? Number(el.localName[1]) : el.getAttribute('role') === 'heading' ? Number(el.getAttribute('aria-level') || 2) : 0;
    const own = level(heading) || 2, parts = [];
    let at = heading;
    while (at && !parts.length && at !== document.body) {
      for (let next = at.nextElementSibling; next; next = next.nextElementSibling) {
        const inside = level(next) || Math.min(...[...next.querySelectorAll('h1, h2, h3, h4, h5, h6, [role=heading]')].map(level), 9);
        if (level(next) && level(next) <= own || inside <= own && parts.length) break;
        if (inside <= own && !parts.length && !level(next)) { if (!next.contains(heading)) break; }
        const said = text(next);
        if (said) parts.push(said);
      }
      at = at.parentElement;
      if (at && ['main', 'article', 'section'].includes(at.localName)) break;
    }
    return parts.length ? parts.join('\n') : text(heading);
  }
  const role = (el.getAttribute('role') || '').toLowerCase(), tag = el.localName;
  if (tag === 'table' || role === 'table' || role === 'grid') return table(el);
  if (tag === 'caption') return table(el.closest('table'));
  if (tag === 'dl') return Object.fromEntries([...el.querySelectorAll('dt')].slice(0, MOST).map(dt => [line(text(dt)), dt.nextElementSibling ? line(text(dt.nextElementSibling)) : '']));
  if (tag === 'ul' || tag === 'ol' || role === 'list' || (role === 'listbox' && tag !== 'select'))
    return [...el.querySelectorAll('li, [role=listitem], [role=option]')].filter(item => item.parentElement.closest('ul, ol, [role=list], [role=listbox]') === el).slice(0, MOST).map(item => line(text(item)));
  if (tag === 'select') return el.multiple ? [...el.selectedOptions].map(option => line(option.label)) : line(el.selectedOptions[0] && el.selectedOptions[0].label);
  const veiled = field => field.type === 'password' || !['none', '', undefined].includes(getComputedStyle(field).webkitTextSecurity);
  if (tag === 'input' && veiled(el)) return '';
  if (tag === 'input' && (el.type === 'checkbox' || el.type === 'radio')) return el.checked;
  if ((tag === 'input' && !['button', 'submit', 'reset', 'image'].includes(el.type)) || tag === 'textarea') return el.value;
  if (tag === 'label' && el.control) return veiled(el.control) ? '' : el.control.value;
  if (tag === 'dt') return el.nextElementSibling && el.nextElementSibling.localName === 'dd' ? text(el.nextElementSibling) : text(el);
  if (tag === 'th' && el.closest('tr').querySelector('td')) return [...el.closest('tr').querySelectorAll('td')].map(text).map(line).filter(Boolean).join(', ');
  if (/^h[1-6]$/.test(tag) || role === 'heading') return section(el);
  if (tag === 'img') return el.alt;
  return text(el);
}
