// The first page: its snippets name the address that the browser sees, and can be copied.

const main = document.querySelector('main');
const said = document.getElementById('said');
const address = new URL('./', document.baseURI).href;

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return 'Copied';
  } catch { // an insecure origin, or the visitor's browser does not allow it
    getSelection().selectAllChildren(code);
    return 'Selected';
  }
}

for (const snippet of document.querySelectorAll('.snippet')) {
  const code = snippet.querySelector('code');
  const button = snippet.querySelector('button');
  code.textContent = code.textContent.replaceAll(main.dataset.address, address);
  button.hidden = false;
  button.addEventListener('click', async () => {
    said.textContent = '';
    button.textContent = said.textContent = await copy(code);
    setTimeout(() => { button.textContent = 'Copy'; }, 2_000);
  });
}
