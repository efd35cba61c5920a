// allauth tells what went wrong with a passkey by an event; say it on the page, in the reader's language.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const told = document.getElementById("passkey-error");
  if (told) told.hidden = false;
});
