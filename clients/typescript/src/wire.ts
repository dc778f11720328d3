// Written by `python tools/reference.py` from the server's own schemas: change it there.

/** What this server is: its version, its agents, and the demonstration site that sessions may be tried on. */
export interface AboutAck {
  success: true;
  version: string;
  agents: Array<string>;
  defaultAgent: string;
  demoSite: string | null;
}

/** It was done; if it changed anything, it is on disk. */
export interface Ack {
  success: true;
}

/** What the browser is told (`started`), and then how it went. `action` is the action as given, with secrets masked. `url` and `title` are the page's afterwards. `kind` is what was at stake, `origin` where, and `because` why it was allowed, asked about or denied. `box` is where the target was in the window before the action; afterwards, if the action only looked. `sent` says of what was done whether the page sent something by it that may have changed something elsewhere. */
export interface ActionData {
  actionId: string;
  phase: "started" | "done" | "failed" | "unknown";
  action: Record<string, unknown>;
  description: string;
  step: number | null;
  steps: number | null;
  url: string | null;
  title: string | null;
  value: unknown | null;
  error: Problem | null;
  kind: string | null;
  origin: string | null;
  because: string | null;
  box: Box | null;
  sent: boolean | null;
}

/** The browser was told something, or did it. */
export interface ActionEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "action";
  data: ActionData;
}

/** Approves a pending request: exactly what was shown, once, or with other `values` where it is `editable`. `forSession` also allows, for the rest of the session, what is of the same kind at the same origin. */
export interface ApproveHumanLayerRequest {
  commandId?: string | null | undefined;
  requestId: string;
  values?: Record<string, unknown> | undefined;
  forSession?: boolean | undefined;
}

/** A sign-in has begun: the address to go to, the `state` it comes back with, and what only who began it knows. */
export interface BegunAck {
  success: true;
  url: string;
  state: string;
  ticket: string;
}

/** A target's place in the window: CSS pixels from its top left, and how large that window is. A part of it may be out of view; what is out of view altogether has no box. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  windowWidth: number;
  windowHeight: number;
}

/** Ends the session: after the answer nothing acts in its browser. */
export interface CancelSession {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** Something that an agent says of its result, and whether the server found it to be so. `shows`: the page showed this text at the end, other than as the value of a field, which may be what was typed there. `confirmed`: and not before the last action, which sent a form, paid or deleted something. `file`: the session has this file, `downloaded`: from the browser. `read`: it was extracted. `evidence` is where it was found; a claim that is not `verified` has none. */
export interface Claim {
  kind: string;
  value: string;
  verified: boolean;
  evidence: string | null;
}

/** What an input method has composed so far, with what is selected in it; `text` empty takes it back. */
export interface ComposeInput {
  type: "compose";
  text: string;
  selectionStart?: number | undefined;
  selectionEnd?: number | undefined;
}

/** A person drives the browser. `requestId` is the human-layer request that they answer by it. While it is `private`, neither keys nor pictures are kept, and nobody but the driver is shown any. */
export interface Control {
  by: string;
  since: number;
  private: boolean;
  requestId: string | null;
}

/** You drive. Name `controlId` with every input; silence for `driverTimeout` seconds hands the browser back. */
export interface ControlAck {
  success: true;
  session: Session;
  controlId: string;
  driverTimeout: number;
}

/** A person drives, drives in another way, or drives no more; then `reason` says why. `did` is what they did, in sentences, as the agent is told it; `note` is what they said about it. */
export interface ControlData {
  phase: "taken" | "changed" | "released";
  control: Control;
  reason: Release | null;
  did: Array<string>;
  note: string | null;
}

/** A person took the browser over, or handed it back. */
export interface ControlEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "control";
  data: ControlData;
}

/** What is selected is copied into the answer's `copied`, and taken away if it is a `cut`. */
export interface CopyInput {
  type: "copy";
  cut?: boolean | undefined;
}

/** Creates a session, with files if you like, and follows it from its first event. */
export interface CreateSession {
  commandId?: string | null | undefined;
  sessionType?: string | null | undefined;
  prompt?: string | null | undefined;
  files?: Array<FileMetadata> | undefined;
  fileIds?: Array<string> | undefined;
  config?: Record<string, unknown> | undefined;
}

/** The session exists, on disk. */
export interface CreateSessionAck {
  success: true;
  session: Session;
  sessionId: string;
  status: Status;
  files: Array<File>;
  fileIds: Array<string>;
}

/** How a request was settled, by whom and when (Unix milliseconds). `decidedBy` is the name of an API key or, where there are none, of a wire; `decidedWith` is the key's id, and `decidedFrom` the address that the answer came from. What time or the server settles has neither. `values` took the place of those that were proposed. `forSession` also allows what is of the same kind at the same origin for the rest of the session. */
export interface Decision {
  status: RequestStatus;
  decidedAt: number;
  decidedBy: string;
  decidedWith: string | null;
  decidedFrom: string | null;
  reason: string | null;
  response: unknown | null;
  values: Record<string, unknown>;
  forSession: boolean;
}

/** A request is settled. */
export interface DecisionData {
  request: HumanLayerRequest;
}

/** A person (or time) decided. */
export interface DecisionEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "human_layer_decision";
  data: DecisionData;
}

/** Deletes a session that has ended, with its events, requests and pictures. */
export interface DeleteSession {
  commandId?: string | null | undefined;
  sessionId: string;
}

/** Denies a pending request; the agent reads the reason. */
export interface DenyHumanLayerRequest {
  commandId?: string | null | undefined;
  requestId: string;
  reason?: string | null | undefined;
}

/** The dialog that is open is answered. */
export interface DialogInput {
  type: "dialog";
  accept: boolean;
  text?: string | null | undefined;
}

/** Why a session ended, as a word for programs. */
export type EndReason = "done" | "gave_up" | "denied" | "step_failed" | "unreadable_prompt" | "step_limit" | "time_limit" | "event_limit" | "budget" | "user" | "agent_error" | "model_error" | "browser_error" | "interrupted";

/** It was not done: a sentence for a person, a word for a program, and whether trying again can help. */
export interface ErrorAck {
  success: false;
  error: string;
  code: string;
  retryable: boolean;
  details: Record<string, unknown> | null;
}

/** What went wrong. */
export interface ErrorData {
  error: string;
  code: string;
  retryable: boolean;
  details: Record<string, unknown> | null;
}

/** Something went wrong. */
export interface ErrorEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "error";
  data: ErrorData;
}

/** A page of a session's events; `more` says whether to ask on, after `lastSeq`. */
export interface EventsAck {
  success: true;
  events: Array<StatusEvent | MessageEvent | ActionEvent | FilesEvent | RequestEvent | DecisionEvent | ControlEvent | UsageEvent | ResultEvent | ErrorEvent | WarningEvent>;
  lastSeq: number;
  more: boolean;
}

/** Reads what a session did as a playbook, which does it again without a model. */
export interface ExportPlaybook {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** A file of a session or of the workspace. `size` is in bytes; `sha256` is hexadecimal. `available` says whether its bytes are here. Once they are, `size` and `sha256` are what was measured. */
export interface File {
  fileId: string;
  fileName: string | null;
  contentType: string | null;
  size: number | null;
  available: boolean;
  sha256: string | null;
  origin: Origin;
  [other: string]: unknown;
}

/** One file, whose bytes are here. */
export interface FileAck {
  success: true;
  file: File;
}

/** Files, newest first; `more` says whether there are older ones. */
export interface FileListAck {
  success: true;
  files: Array<File>;
  more: boolean;
}

/** What a client says of a file; unknown keys are kept and given back as they came. */
export interface FileMetadata {
  fileId: string;
  fileName?: string | null | undefined;
  contentType?: string | null | undefined;
  size?: number | null | undefined;
  [other: string]: unknown;
}

/** The files are attached. */
export interface FilesAck {
  success: true;
  session: Session;
  files: Array<File>;
  fileIds: Array<string>;
}

/** Files that joined the session, or whose bytes arrived. */
export interface FilesData {
  files: Array<File>;
}

/** The session's files changed. */
export interface FilesEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "files";
  data: FilesData;
}

/** The file chooser that is open is answered with files of the session; with none it is dismissed. */
export interface FilesInput {
  type: "files";
  fileIds?: Array<string> | undefined;
}

/** What came back from the provider, shown with the ticket of whoever began. */
export interface FinishSignIn {
  ticket: string;
  state: string;
  code: string;
}

/** Reads one request, whatever has become of it. */
export interface GetHumanLayerRequest {
  commandId?: string | null | undefined;
  requestId: string;
}

/** Lists the pending requests of all sessions, oldest first; or, of those that are `settled`, the newest. */
export interface GetHumanLayerRequests {
  commandId?: string | null | undefined;
  settled?: boolean | undefined;
  limit?: number | undefined;
}

/** Reads the public key by which browsers know this server when it calls them (VAPID). */
export interface GetPushKey {
  commandId?: string | null | undefined;
}

/** Reads one session. */
export interface GetSession {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** `ok` when sessions can be created; `degraded` says in `problems` what is wrong. `sandbox` says whether browsers run in Chromium's sandbox, and as whom: on, off, or remote, where nobody here knows. `wall` says whether what browsers reach is judged here: on, or none, as remote ones reach what their machines do. */
export interface Health {
  status: string;
  version: string;
  sessionsRunning: number;
  sessions: Record<string, number>;
  clients: number;
  sandbox: string;
  wall: string;
  problems: Array<string>;
}

/** The current tab goes back or forward, or is loaded again. */
export interface HistoryInput {
  type: "history";
  action: "back" | "forward" | "reload";
}

/** A question to a person that outlives clients and restarts. Times are Unix milliseconds. It does not expire while a person drives the session's browser, nor at once when they are done. `author` says who wrote `title` and `reason`: what an agent writes may have been put into its mouth by a web page. `box` is where the action's target was in the window when the picture was taken. */
export interface HumanLayerRequest {
  id: string;
  sessionId: string;
  kind: RequestKind;
  title: string;
  reason: string;
  author: "server" | "agent";
  action: ProposedAction | null;
  screenshotId: string | null;
  box: Box | null;
  status: RequestStatus;
  createdAt: number;
  expiresAt: number;
  allowed: Array<Verdict>;
  decision: Decision | null;
}

/** All of it was done, in the browser as it now stands. `copied` is what a copy took. */
export interface InputAck {
  success: true;
  window: LiveWindow;
  copied: string | null;
}

/** Makes a session the client's current one and follows it: from now, or from after `afterSeq`. */
export interface JoinSession {
  commandId?: string | null | undefined;
  sessionId: string;
  afterSeq?: number | null | undefined;
}

/** A picture that was kept, and the `seq` of the event that it shows the page after. */
export interface KeptPicture {
  pictureId: string;
  seq: number;
  mimeType: string;
  width: number;
  height: number;
  takenAt: number;
}

/** A key goes down or up; `key` and `code` are those of the DOM's KeyboardEvent. A character key types itself. */
export interface KeyInput {
  type: "key";
  action: "down" | "up";
  key: string;
  code?: string | undefined;
  repeat?: boolean | undefined;
  modifiers?: Array<"Alt" | "Control" | "Meta" | "Shift"> | undefined;
}

/** Stops following; the session goes on. */
export interface LeaveSession {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** Lists the pictures that were kept of a session, in the order of what they show. At any moment of a session the page is as the newest picture shows it whose `seq` is not higher. The `box` of an action that was `started` then fits it. */
export interface ListPictures {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** Lists sessions, newest first; `before` is the id of the last one already seen. */
export interface ListSessions {
  commandId?: string | null | undefined;
  status?: Status | null | undefined;
  limit?: number | undefined;
  before?: string | null | undefined;
}

/** Sessions, newest first; `more` says whether there are older ones. */
export interface ListSessionsAck {
  success: true;
  sessions: Array<Session>;
  more: boolean;
}

/** A file chooser that the driver opened; whether it takes several files. */
export interface LiveChooser {
  multiple: boolean;
}

/** A dialog that holds the page: `kind` is alert, confirm, prompt or beforeunload. `proposed` is the answer that a prompt comes with. */
export interface LiveDialog {
  kind: string;
  text: string;
  proposed: string;
}

/** A live picture, which comes with a callback: the next one comes once the client has called it. `number` counts what the browser showed; numbers are left out where a newer picture was there before the client was ready. The picture may have fewer pixels than the window. `private` says that the driver alone is shown this. */
export interface LiveFrame {
  sessionId: string;
  number: number;
  takenAt: number;
  mimeType: "image/jpeg";
  picture: Uint8Array;
  window: LiveWindow;
  private: boolean;
}

/** One tab, counted from 1. `current` marks the one that is shown and driven. */
export interface LiveTab {
  number: number;
  title: string;
  url: string;
  current: boolean;
}

/** What is around the picture. Width and height are CSS pixels: points of `sendInput` are counted in them. */
export interface LiveWindow {
  url: string;
  title: string;
  width: number;
  height: number;
  tabs: Array<LiveTab>;
  dialog: LiveDialog | null;
  chooser: LiveChooser | null;
}

/** Something said, by the agent or by the user. */
export interface MessageData {
  author: "agent" | "user";
  text: string;
}

/** The agent or the user said something. */
export interface MessageEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "message";
  data: MessageData;
}

/** The mouse moves, or one of its buttons goes down or up. `clickCount` is 2 for the second of a double click. */
export interface MouseInput {
  type: "mouse";
  action: "move" | "down" | "up";
  x: number;
  y: number;
  button?: "left" | "middle" | "right" | undefined;
  clickCount?: number | undefined;
  modifiers?: Array<"Alt" | "Control" | "Meta" | "Shift"> | undefined;
}

/** The current tab goes to an address. */
export interface NavigateInput {
  type: "navigate";
  url: string;
}

/** Who brought a file into a session. */
export type Origin = "client" | "download" | "agent";

/** Text is pasted where the focus is. */
export interface PasteInput {
  type: "paste";
  text: string;
}

/** Holds the session before its next action, until it is resumed. */
export interface PauseSession {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** How many requests are pending now. */
export interface PendingAck {
  success: true;
  pending: number;
}

/** The workspace's pending requests have changed; `pending` is how many there are now. */
export interface PendingRequests {
  pending: number;
}

/** The pictures; each is at `/api/sessions/{sessionId}/pictures/{pictureId}`. */
export interface PicturesAck {
  success: true;
  pictures: Array<KeptPicture>;
}

/** The playbook: plain steps, to be the prompt of a session of the type `playbook`. */
export interface PlaybookAck {
  success: true;
  playbook: string;
}

/** An error as every wire tells it: a sentence for a person, a stable word for a program. */
export interface Problem {
  error: string;
  code: string;
  retryable: boolean;
  details: Record<string, unknown> | null;
}

/** The exact action a person is asked about, described by the server and never by the agent. `kind` is what is at stake, such as `pay` or `delete`; `values` are what would be typed, chosen or sent, and those named in `editable` may be changed by whoever approves. `digest` covers everything else here, and is checked again at the moment of acting. */
export interface ProposedAction {
  verb: string;
  kind: string | null;
  description: string;
  target: string | null;
  pageUrl: string | null;
  origin: string | null;
  values: Record<string, unknown>;
  editable: Array<string>;
  digest: string;
}

/** All that is said of a server to whoever may not know more. */
export interface Pulse {
  status: string;
}

/** The key, as `applicationServerKey` takes it. */
export interface PushKeyAck {
  success: true;
  publicKey: string;
}

/** A browser's own keys, as its subscription has them: only that browser can read what is sent to it. */
export interface PushKeys {
  p256dh: string;
  auth: string;
}

/** Why a person drives no more. */
export type Release = "handed_back" | "taken_over" | "timed_out" | "key_ended" | "session_ended" | "server_stopped";

/** Hands the browser back: the agent is told what was done, and the `note`, and goes on. If control was taken for a request, that is settled with it: answered with the note, approved without one; unless `done` is false. */
export interface ReleaseControl {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  controlId: string;
  note?: string | null | undefined;
  done?: boolean | undefined;
}

/** The request as it now stands. */
export interface RequestAck {
  success: true;
  request: HumanLayerRequest;
}

/** A person is asked. */
export interface RequestData {
  request: HumanLayerRequest;
}

/** A person is asked. */
export interface RequestEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "human_layer_request";
  data: RequestData;
}

/** What sort of answer is wanted. */
export type RequestKind = "approval" | "help" | "question";

/** Where a request stands. Everything but `pending` is final. */
export type RequestStatus = "pending" | "approved" | "denied" | "answered" | "expired" | "cancelled" | "superseded";

/** Pending requests, all of them and oldest first; or settled ones, newest first and at most `limit`. */
export interface RequestsAck {
  success: true;
  requests: Array<HumanLayerRequest>;
}

/** Answers a pending request in words or data; `null` and an empty text are no answer. */
export interface RespondHumanLayerRequest {
  commandId?: string | null | undefined;
  requestId: string;
  response: unknown;
}

/** What a session brought home; kept also when it failed or was cancelled midway. `data` is the answer in the form that `config.outputSchema` asked for. */
export interface Result {
  text: string;
  results: Array<SearchResult>;
  extracted: Record<string, unknown>;
  data: unknown;
  claims: Array<Claim>;
  screenshotId: string | null;
}

/** What the session brought home. */
export interface ResultData {
  result: Result;
}

/** The session's result. */
export interface ResultEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "result";
  data: ResultData;
}

/** Lets a paused session go on. */
export interface ResumeSession {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** A picture. `screenshot` is base64 text, or bytes where binary was asked for. */
export interface ScreenshotAck {
  success: true;
  screenshot: string | Uint8Array;
  mimeType: string;
  width: number;
  height: number;
  url: string | null;
  title: string | null;
  timestamp: number;
  live: boolean;
}

/** One hit on a search page, as the page shows it. */
export interface SearchResult {
  title: string;
  link: string;
  snippet: string;
}

/** Attaches files, by id or with metadata; the agent sees them at its next step. */
export interface SendFileAttachments {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  fileIds: Array<string | FileMetadata>;
}

/** Does what the driver's hands do, in order; with no `inputs` it says that the driver is still there. */
export interface SendInput {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  controlId: string;
  inputs?: Array<MouseInput | WheelInput | KeyInput | TextInput | ComposeInput | TouchInput | PasteInput | CopyInput | FilesInput | DialogInput | TabInput | NavigateInput | HistoryInput> | undefined;
}

/** Tells the agent something; a session that waits for its prompt takes it as one. */
export interface SendMessage {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  message: string;
  fileIds?: Array<string | FileMetadata> | undefined;
}

/** Everything a page needs to draw a session; `control` while a person drives. Times are Unix milliseconds. */
export interface Session {
  id: string;
  type: string;
  prompt: string | null;
  status: Status;
  reason: EndReason | null;
  error: Problem | null;
  result: Result | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  files: Array<File>;
  pendingRequests: Array<HumanLayerRequest>;
  url: string | null;
  title: string | null;
  usage: Usage;
  queuePosition: number | null;
  control: Control | null;
  lastSeq: number;
}

/** It was done; here is the session as it now stands. */
export interface SessionAck {
  success: true;
  session: Session;
}

/** Whether one can sign in here, and the host where that is done. */
export interface SignInAck {
  success: true;
  available: boolean;
  at: string | null;
}

/** The end of a sign-in, with the `idToken` that came of it, if it was kept. */
export interface SignOut {
  idToken?: string | null | undefined;
}

/** A key for whoever signed in; it is shown this once, and is good until `expiresAt`. `idToken` is what the provider said of them: shown again at the end, it tells the provider who signs out. */
export interface SignedInAck {
  success: true;
  key: string;
  name: string;
  workspace: string;
  expiresAt: number;
  idToken: string;
}

/** The key is good no more. `url` is where one can sign out of the provider, too, if that is offered there. */
export interface SignedOutAck {
  success: true;
  url: string | null;
}

/** Shows this client the session's browser, as `liveFrame` events, from now on; asked again, with other wishes. `quality` is that of the JPEG, as far as the slowest viewer keeps up; the picture is made no larger than `maxWidth` and `maxHeight` pixels, unless another viewer wants it larger. A driver's `controlId` also shows what is private. Over REST, where nobody could be shown anything, it only says whether there is such a session. */
export interface StartLiveView {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  quality?: number | undefined;
  maxWidth?: number | undefined;
  maxHeight?: number | undefined;
  controlId?: string | null | undefined;
}

/** Where a session stands; the wire's words. */
export type Status = "queued" | "running" | "waiting" | "paused" | "completed" | "failed" | "cancelled";

/** Where the session stands, and what a person would ask next. */
export interface StatusData {
  previous: Status | null;
  reason: EndReason | null;
  queuePosition: number | null;
  prompt: string | null;
  sessionType: string | null;
}

/** The session's status changed, or its place in the queue. */
export interface StatusEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "status";
  data: StatusData;
}

/** Shows this client no more of it; with the last viewer the pictures end. Always succeeds. */
export interface StopLiveView {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
}

/** Calls this browser, by the push service of its maker, when a request waits and no console is in sight. `endpoint` and `keys` are what the browser's subscription says. What is sent is of which kind the newest request is and how many are pending; no word of a session. */
export interface SubscribePush {
  commandId?: string | null | undefined;
  endpoint: string;
  keys: PushKeys;
}

/** A tab is gone to, opened (at `url`, if one is given) or closed; `tab` is its number, or the current one. */
export interface TabInput {
  type: "tab";
  action: "switch" | "open" | "close";
  tab?: number | null | undefined;
  url?: string | null | undefined;
}

/** Lets a person drive the browser: the agent waits before its next action until they hand it back. With the `requestId` of a pending request for help, handing back settles it. `force` takes control over from whoever drives. With the own `controlId`, it only changes whether the driving is `private`. */
export interface TakeControl {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  private?: boolean | undefined;
  requestId?: string | null | undefined;
  force?: boolean | undefined;
  controlId?: string | null | undefined;
}

/** Takes a picture of what the session's browser shows; of an ended session, gives its last, as it was kept. */
export interface TakeScreenshot {
  commandId?: string | null | undefined;
  sessionId?: string | null | undefined;
  format?: "png" | "jpeg" | undefined;
  quality?: number | null | undefined;
  encoding?: "base64" | "binary" | undefined;
  fullPage?: boolean | undefined;
}

/** A file's text. */
export interface TextAck {
  success: true;
  text: string;
}

/** Text comes in, as from a phone's keyboard or at the end of a composition. */
export interface TextInput {
  type: "text";
  text: string;
}

/** Fingers touch the window, move, or are lifted; `points` are those that are down, none at `end` and `cancel`. */
export interface TouchInput {
  type: "touch";
  action: "start" | "move" | "end" | "cancel";
  points?: Array<TouchPoint> | undefined;
}

/** One finger. */
export interface TouchPoint {
  x: number;
  y: number;
  id?: number | undefined;
}

/** Calls this browser no more. Always succeeds. */
export interface UnsubscribePush {
  commandId?: string | null | undefined;
  endpoint: string;
}

/** The files that were taken in, in the order sent. */
export interface UploadAck {
  success: true;
  files: Array<File>;
  fileIds: Array<string>;
}

/** What a session has spent so far. `cost` is US dollars; null when the price of a model it asked is not known. */
export interface Usage {
  steps: number;
  inputTokens: number;
  outputTokens: number;
  cost: number | null;
}

/** What the session has spent so far. */
export interface UsageData {
  usage: Usage;
}

/** The session's spending so far. */
export interface UsageEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "usage";
  data: UsageData;
}

/** What a person may do with a request; `allowed` lists those that fit its kind. */
export type Verdict = "approve" | "deny" | "respond";

/** Something a person should know though the session goes on. */
export interface WarningData {
  code: string;
  details: Record<string, unknown>;
}

/** Something to know. */
export interface WarningEvent {
  message: string;
  status: Status;
  sessionId: string;
  timestamp: number;
  seq: number;
  eventId: string;
  eventType: "warning";
  data: WarningData;
}

/** Tells this client whenever the workspace's pending requests change, with a `humanLayerRequests` event. `inSight` says whether a person has them before their eyes; sent again, it says that this has changed. Over REST, where nobody could be told anything, it only says how many are pending. */
export interface WatchHumanLayerRequests {
  commandId?: string | null | undefined;
  inSight?: boolean | undefined;
}

/** The wheel turns, by so many CSS pixels; down and right are positive. */
export interface WheelInput {
  type: "wheel";
  x: number;
  y: number;
  deltaX?: number | undefined;
  deltaY?: number | undefined;
  modifiers?: Array<"Alt" | "Control" | "Meta" | "Shift"> | undefined;
}

/** Anything that happens in a session. */
export type SessionEvent = StatusEvent | MessageEvent | ActionEvent | FilesEvent | RequestEvent | DecisionEvent | ControlEvent | UsageEvent | ResultEvent | ErrorEvent | WarningEvent;

/** Every command: what it takes and what it answers. */
export interface Commands {
  /** Creates a session, with files if you like, and follows it from its first event. */
  createSession: { payload: CreateSession; ack: CreateSessionAck };
  /** Makes a session the client's current one and follows it: from now, or from after `afterSeq`. */
  joinSession: { payload: JoinSession; ack: SessionAck };
  /** Stops following; the session goes on. */
  leaveSession: { payload: LeaveSession; ack: Ack };
  /** Ends the session: after the answer nothing acts in its browser. */
  cancelSession: { payload: CancelSession; ack: SessionAck };
  /** Holds the session before its next action, until it is resumed. */
  pauseSession: { payload: PauseSession; ack: SessionAck };
  /** Lets a paused session go on. */
  resumeSession: { payload: ResumeSession; ack: SessionAck };
  /** Tells the agent something; a session that waits for its prompt takes it as one. */
  sendMessage: { payload: SendMessage; ack: SessionAck };
  /** Attaches files, by id or with metadata; the agent sees them at its next step. */
  sendFileAttachments: { payload: SendFileAttachments; ack: FilesAck };
  /** Takes a picture of what the session's browser shows; of an ended session, gives its last, as it was kept. */
  takeScreenshot: { payload: TakeScreenshot; ack: ScreenshotAck };
  /** Reads one session. */
  getSession: { payload: GetSession; ack: SessionAck };
  /** Reads what a session did as a playbook, which does it again without a model. */
  exportPlaybook: { payload: ExportPlaybook; ack: PlaybookAck };
  /** Lists the pictures that were kept of a session, in the order of what they show. At any moment of a session the page is as the newest picture shows it whose `seq` is not higher. The `box` of an action that was `started` then fits it. */
  listPictures: { payload: ListPictures; ack: PicturesAck };
  /** Lists sessions, newest first; `before` is the id of the last one already seen. */
  listSessions: { payload: ListSessions; ack: ListSessionsAck };
  /** Deletes a session that has ended, with its events, requests and pictures. */
  deleteSession: { payload: DeleteSession; ack: Ack };
  /** Lists the pending requests of all sessions, oldest first; or, of those that are `settled`, the newest. */
  getHumanLayerRequests: { payload: GetHumanLayerRequests; ack: RequestsAck };
  /** Reads one request, whatever has become of it. */
  getHumanLayerRequest: { payload: GetHumanLayerRequest; ack: RequestAck };
  /** Approves a pending request: exactly what was shown, once, or with other `values` where it is `editable`. `forSession` also allows, for the rest of the session, what is of the same kind at the same origin. */
  approveHumanLayerRequest: { payload: ApproveHumanLayerRequest; ack: RequestAck };
  /** Denies a pending request; the agent reads the reason. */
  denyHumanLayerRequest: { payload: DenyHumanLayerRequest; ack: RequestAck };
  /** Answers a pending request in words or data; `null` and an empty text are no answer. */
  respondHumanLayerRequest: { payload: RespondHumanLayerRequest; ack: RequestAck };
  /** Tells this client whenever the workspace's pending requests change, with a `humanLayerRequests` event. `inSight` says whether a person has them before their eyes; sent again, it says that this has changed. Over REST, where nobody could be told anything, it only says how many are pending. */
  watchHumanLayerRequests: { payload: WatchHumanLayerRequests; ack: PendingAck };
  /** Reads the public key by which browsers know this server when it calls them (VAPID). */
  getPushKey: { payload: GetPushKey; ack: PushKeyAck };
  /** Calls this browser, by the push service of its maker, when a request waits and no console is in sight. `endpoint` and `keys` are what the browser's subscription says. What is sent is of which kind the newest request is and how many are pending; no word of a session. */
  subscribePush: { payload: SubscribePush; ack: Ack };
  /** Calls this browser no more. Always succeeds. */
  unsubscribePush: { payload: UnsubscribePush; ack: Ack };
  /** Shows this client the session's browser, as `liveFrame` events, from now on; asked again, with other wishes. `quality` is that of the JPEG, as far as the slowest viewer keeps up; the picture is made no larger than `maxWidth` and `maxHeight` pixels, unless another viewer wants it larger. A driver's `controlId` also shows what is private. Over REST, where nobody could be shown anything, it only says whether there is such a session. */
  startLiveView: { payload: StartLiveView; ack: SessionAck };
  /** Shows this client no more of it; with the last viewer the pictures end. Always succeeds. */
  stopLiveView: { payload: StopLiveView; ack: Ack };
  /** Lets a person drive the browser: the agent waits before its next action until they hand it back. With the `requestId` of a pending request for help, handing back settles it. `force` takes control over from whoever drives. With the own `controlId`, it only changes whether the driving is `private`. */
  takeControl: { payload: TakeControl; ack: ControlAck };
  /** Does what the driver's hands do, in order; with no `inputs` it says that the driver is still there. */
  sendInput: { payload: SendInput; ack: InputAck };
  /** Hands the browser back: the agent is told what was done, and the `note`, and goes on. If control was taken for a request, that is settled with it: answered with the note, approved without one; unless `done` is false. */
  releaseControl: { payload: ReleaseControl; ack: SessionAck };
}
