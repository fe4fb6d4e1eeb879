// Passkeys: sign in with one, or make one. Without this file the page offers the mailed link, which always works.

const fromText = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), sign => sign.charCodeAt(0));
const toText = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

// What the server sends as base64url, browsers want as bytes; and the other way round.
const question = sent => {
  const asked = { ...sent, challenge: fromText(sent.challenge) };
  if (sent.user) asked.user = { ...sent.user, id: fromText(sent.user.id) };
  for (const list of ['allowCredentials', 'excludeCredentials']) {
    if (sent[list]) asked[list] = sent[list].map(each => ({ ...each, id: fromText(each.id) }));
  }
  return asked;
};
const answer = made => {
  const response = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (made.response[part]) response[part] = toText(made.response[part]);
  }
  return {
    id: made.id, rawId: toText(made.rawId), type: made.type, response,
    authenticatorAttachment: made.authenticatorAttachment, clientExtensionResults: made.getClientExtensionResults(),
  };
};

const send = async (url, token, body = {}) => {
  const got = await fetch(url, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
  });
  const said = got.headers.get('Content-Type')?.includes('json') ? await got.json() : {};
  if (!got.ok) throw new Error(said.error ?? '');
  return said;
};

// One button at a time; what went wrong stands in the place for it. A person who closes the browser's own window
// (NotAllowedError) knows that: the sentence of the page says how to go on.
const run = async (part, button, work) => {
  const place = part.querySelector('[data-passkey-error]');
  place.hidden = true;
  button.setAttribute('aria-busy', 'true');
  try {
    await work();
  } catch (error) {
    if (error.name === 'Error' && error.message) place.querySelector('[data-words]').textContent = error.message;
    place.hidden = false;
  } finally {
    button.removeAttribute('aria-busy');
  }
};

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll('[data-passkey-enter]')) {
    const { offer, enter, next } = part.dataset;
    const token = part.querySelector('[name=csrf_token]').value;
    const button = part.querySelector('button');
    part.hidden = false;
    button.addEventListener('click', () => run(part, button, async () => {
      const made = await navigator.credentials.get({ publicKey: question(await send(offer, token)) });
      const said = await send(enter, token, { answer: answer(made), next });
      location.assign(said.next);
    }));
  }

  for (const form of document.querySelectorAll('form[data-passkey-add]')) {
    const button = form.querySelector('button');
    form.addEventListener('submit', event => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!form.elements.name.value.trim()) { form.submit(); return; }
      run(form, button, async () => {
        const token = form.elements.csrf_token.value;
        const made = await navigator.credentials.create({ publicKey: question(await send(form.dataset.offer, token)) });
        form.elements.answer.value = JSON.stringify(answer(made));
        form.submit();
      });
    }, { capture: true });
  }
}
