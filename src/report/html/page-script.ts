/** The page's script: search, filter by status, sorting, paging, and all rows on paper. Text of rows only ever becomes text nodes. */
export const pageScript = `
'use strict';
(() => {
  const rows = JSON.parse(document.getElementById('rows-data').textContent);
  const body = document.querySelector('tbody');
  const search = document.getElementById('search');
  const range = document.getElementById('range');
  const previous = document.getElementById('previous');
  const next = document.getElementById('next');
  const statuses = [...document.querySelectorAll('input[name=status]')];
  const headings = [...document.querySelectorAll('thead button')];
  const pageLength = 100;
  const number = new Intl.NumberFormat('en');
  const texts = new Array(rows.length);
  let shown = rows;
  let page = 0;
  let sort = { key: document.body.dataset.sort, down: false };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const role = (made, name) => { made.setAttribute('role', name); return made; };
  const value = (name, text) => text === '' ? element('span', 'none', 'empty') : element(name, '', text);
  const rowElement = (row) => {
    const line = role(element('tr'), 'row');
    const count = role(element('td', 'number', row.row), 'cell');
    count.title = 'line ' + row.line + ' of the file';
    const id = role(element('th', 'id'), 'rowheader');
    id.scope = 'row';
    const name = element(row.link === undefined ? 'span' : 'a', '', row.title ?? row.id);
    if (row.link !== undefined) { name.href = row.link; name.rel = 'noreferrer'; }
    if (row.title === undefined) id.append(name);
    else {
      const title = element('span', 'title');
      title.append(name);
      id.append(title, ' ', element('small', '', row.id));
    }
    const status = role(element('td'), 'cell');
    status.append(element('span', 'status ' + row.status, row.status));
    const what = role(element('td', 'what'), 'cell');
    for (const [field, before, after] of row.changes) {
      const change = element('div', 'change');
      const arrow = element('span', 'arrow', '→');
      arrow.setAttribute('aria-label', 'becomes');
      change.append(element('span', 'field', field), ' ',
        before === null ? element('span', 'none', 'not read') : value('del', before), ' ', arrow, ' ', value('ins', after));
      what.append(change);
    }
    if (row.code !== undefined || row.message !== undefined) {
      const message = element('p', 'message');
      if (row.code !== undefined) message.append(element('code', '', row.code), ' ');
      message.append(row.message ?? '');
      what.append(message);
    }
    if (row.hint !== undefined) what.append(element('p', 'hint', row.hint));
    line.append(count, id, status, what);
    return line;
  };
  const textOf = (index) => texts[index] ??= [rows[index].row, rows[index].id, rows[index].title, rows[index].status, rows[index].code,
    rows[index].message, rows[index].hint, ...rows[index].changes.flat()].join('\\n').toLowerCase();
  const draw = (from, to) => {
    const part = document.createDocumentFragment();
    for (const row of shown.slice(from, to)) part.append(rowElement(row));
    body.replaceChildren(part);
  };
  const drawPage = () => {
    const from = page * pageLength;
    const to = Math.min(from + pageLength, shown.length);
    draw(from, to);
    range.textContent = shown.length === 0 ? 'No row is like that.'
      : number.format(from + 1) + '–' + number.format(to) + ' of ' + number.format(shown.length);
    previous.disabled = page === 0;
    next.disabled = to >= shown.length;
  };
  const compare = (a, b) => {
    const first = a[sort.key], second = b[sort.key];
    const order = first < second ? -1 : first > second ? 1 : 0;
    return (sort.down ? -order : order) || a.row - b.row;
  };
  const choose = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const status = statuses.find((one) => one.checked)?.value ?? '';
    shown = rows.filter((row, index) => (status === '' || row.status === status) && words.every((word) => textOf(index).includes(word)));
    shown.sort(compare);
    page = 0;
    drawPage();
  };
  search.addEventListener('input', choose);
  for (const one of statuses) one.addEventListener('change', choose);
  for (const button of headings) button.addEventListener('click', () => {
    const key = button.dataset.key;
    sort = { key, down: sort.key === key && !sort.down };
    for (const one of headings) {
      const sorted = one === button ? (sort.down ? 'descending' : 'ascending') : 'none';
      one.closest('th').setAttribute('aria-sort', sorted);
      one.querySelector('span').textContent = sorted === 'none' ? '' : sort.down ? ' ↓' : ' ↑';
    }
    choose();
  });
  const turn = (by) => { page += by; drawPage(); document.getElementById('rows').scrollIntoView(); };
  previous.addEventListener('click', () => turn(-1));
  next.addEventListener('click', () => turn(1));
  for (const button of document.querySelectorAll('.causes button')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      search.value = button.dataset.code;
      for (const one of statuses) one.checked = one.value === button.dataset.status;
      choose();
      document.getElementById('rows').scrollIntoView();
    });
  }
  addEventListener('beforeprint', () => draw(0, shown.length));
  addEventListener('afterprint', drawPage);
  for (const hidden of document.querySelectorAll('[data-scripted]')) hidden.hidden = false;
  for (const note of document.querySelectorAll('[data-unscripted]')) note.hidden = true;
  for (const button of headings) button.disabled = false;
  choose();
})();
`;
