// What htmx leaves to us. Every page works without this file.

// A pressed button says that it is busy, to eyes (a ring, by CSS) and to ears.
const presser = event => {
  const source = event.detail.requestConfig?.triggeringEvent?.submitter ?? event.detail.elt;
  return source.matches?.('.btn, button') ? source : source.querySelector?.('.btn[type=submit], button.btn');
};
document.addEventListener('htmx:beforeSend', event => presser(event)?.setAttribute('aria-busy', 'true'));
document.addEventListener('htmx:afterRequest', event => presser(event)?.removeAttribute('aria-busy'));

// A request that did not get through says so where the answer would have stood.
document.addEventListener('htmx:sendError', event => {
  const place = document.querySelector('[data-offline]');
  if (place) { place.hidden = false; place.querySelector('a, button')?.focus(); }
  event.stopPropagation();
});

// A second click on a plain form's button sends nothing twice; coming back by the back button frees it.
document.addEventListener('submit', event => {
  const form = event.target, button = event.submitter;
  if (form.method !== 'post' || form.matches('[hx-post], [data-hx-post]') || !button?.matches('.btn')) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = 'yes';
  button.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(form => {
  delete form.dataset.sent;
  form.querySelectorAll('[aria-busy]').forEach(button => button.removeAttribute('aria-busy'));
}));

// "Go" buttons of filters and choices are not needed once a change can send the form itself.
document.querySelectorAll('form[data-instant]').forEach(form =>
  form.addEventListener('change', () => form.requestSubmit()));

// The first error is where the reader begins.
document.getElementById('errors')?.focus();

// The browser knows the reader's zone: offer it, chosen, where nobody has chosen one yet.
const zone = document.querySelector('select[data-own-zone]');
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const option = [...zone.options].find(option => option.value === own);
  if (option) option.selected = true;
}
