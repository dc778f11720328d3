#!/usr/bin/env bash
# A session with curl alone: send a file, have it uploaded into a page, approve what is asked, fetch what is left.
set -euo pipefail
server=${ZENOBIA_SERVER:-http://127.0.0.1:8484}
demo=${DEMO:-http://127.0.0.1:8900}
id() { grep -o "$1_[0-9a-z]*" | head -n 1; }

# The bytes of a file under an id of our own; its type and name are headers.
curl -sSf -X PUT "$server/api/files/letter" -o /dev/null \
  -H 'Content-Type: text/plain' -H 'Content-Disposition: attachment; filename="letter.txt"' \
  --data-binary 'Dear harbour office, I would like to see the island.'

# A session that holds the file. The commandId is ours: sent again, it creates nothing twice.
session=$(curl -sSf "$server/api/sessions" --json @- <<JSON | id ses
{
  "commandId": "travel-$$-$RANDOM",
  "fileIds": ["letter"],
  "prompt": "open $demo/form\ntype \"Ada\" into \"Full name\"\ntype \"ada@saltmarsh.example\" into \"Email\"\nupload \"letter.txt\" to \"Attach a document\"\nclick \"Send request\" (ask first)\nscreenshot"
}
JSON
)
echo "session $session"

# Everything that happens, from the first event to the last; the stream ends with the session.
curl -sSfN "$server/api/sessions/$session/events" -H 'Accept: text/event-stream' | while IFS= read -r line; do
  case $line in
    'data: '*'"eventType":"human_layer_request"'*)
      request=$(id req <<<"$line")
      echo "approving $request"
      curl -sSf -X POST "$server/api/human-layer/requests/$request/approve" -o /dev/null
      ;;
    'data: '*) sed -E 's/^data: \{"message":"([^"\\]*).*"status":"([a-z]*)".*/\2  \1/' <<<"$line" ;;
  esac
done

# Its last picture, and what the page received.
curl -sSf "$server/api/sessions/$session/screenshot?encoding=binary" -o travel.png
curl -sSf "$demo/form/submissions.json"
echo
