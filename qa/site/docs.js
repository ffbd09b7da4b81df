'use strict';

// Relative to the page, so that the service may live behind a path prefix.
window.SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null, // would send the description to another site
});
