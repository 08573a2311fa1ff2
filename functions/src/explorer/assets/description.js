// Shows the description of the API with Swagger UI. Addresses are below the stage, which the element `base` names.
"use strict";

window.SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#description",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  // The validator of Swagger is on another origin.
  validatorUrl: null,
});
