// Asks the browser for a passkey, or to make one, and sends what it answers with the form around the button.
// The options stand in the page as data. A browser that cannot do it says so; codes work everywhere.
(() => {
  "use strict";
  const button = document.querySelector("[data-passkey]");
  const given = document.getElementById("passkey-options");
  if (!button || !given) return;
  const form = button.form;
  const line = form.querySelector("[data-passkey-error]");
  const say = (words) => { line.textContent = words; line.hidden = false; };
  const { creation_options: make, request_options: ask } = JSON.parse(given.textContent);
  const reads = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  const answer = () => make
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(make.publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(ask.publicKey) });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!reads) { say("This browser is too old for passkeys. Use a code."); return; }
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify((await answer()).toJSON());
      form.submit();
    } catch {
      button.disabled = false;
      say("The passkey was not used. Try again, or use a code.");
    }
  });
})();
