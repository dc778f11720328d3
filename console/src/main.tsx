import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { comeBack } from "./server/signing.ts";
import "./look/tokens.css";
import "./look/base.css";
import "./look/shell.css";
import "./look/start.css";
import "./look/sessions.css";
import "./look/session.css";
import "./look/inbox.css";

void comeBack(); // says itself what does not work
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
