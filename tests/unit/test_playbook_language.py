"""The playbook language, as somebody who writes prompts meets it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenobia.agents.language import keys
from zenobia.agents.language.phrases import ADDRESS, NOUNS
from zenobia.agents.steps import Ask, Deed, Say, Search, Step, canonical, read
from zenobia.protocol import actions as a
from zenobia.protocol.errors import UnreadablePrompt


def at(text: str, role: str | None = None, nth: int | None = None) -> a.Target:
    return a.Target(text=text, role=role, nth=nth)


def deeds(prompt: str) -> list[Deed]:
    return [step.deed for step in read(prompt)]


def unreadable(prompt: str) -> UnreadablePrompt:
    with pytest.raises(UnreadablePrompt) as caught:
        read(prompt)
    return caught.value


SEARCH = a.Click(target=at("Search"))

ONE_STEP: list[tuple[str, Deed]] = [
    ("click at 640, 12.5", a.ClickAt(x=640, y=12.5)),
    ('press key "KeyA"', a.Press(key="KeyA")),
    ('press key " "', a.Press(key=" ")),
    ('open address "intranet"', a.Open(url="intranet")),
    ('dismiss dialog with "Ada"', a.AnswerDialog(accept=False, text="Ada")),
    ('click at "Search"', SEARCH),
    ("click at (640, 12.5)", a.ClickAt(x=640, y=12.5)),
    ('click "it"', a.Click(target=at("it"))),
    ('clear "Name"', a.Type(text="", target=at("Name"))),
    ('clear the "News" checkbox', a.Uncheck(target=at("News", "checkbox"))),
    ("type 'it''s' into 'Name'", a.Type(text="it's", target=at("Name"))),
    ("type '' into 'Name'", a.Type(text="", target=at("Name"))),
    ("after that, click Search", SEARCH),
    ("Finally, take a screenshot. Thanks!", a.Screenshot()),
    ("Perform a search for recent news", Search("recent news")),
    ("search for recent news.", Search("recent news")),
    ("Look up what is zenobia?", Search("what is zenobia?")),
    ("google salt and vinegar, please", Search("salt and vinegar")),
    ('search for "now, then click"', Search("now, then click")),
    ("search for #cats", Search("#cats")),
    ("search recent news", Search("recent news")),
    ("search the web for recent news", Search("recent news")),
    ("search for bread and check prices", Search("bread and check prices")),
    ("open https://example.com/a?b=1#c", a.Open(url="https://example.com/a?b=1#c")),
    ("Go to example.com.", a.Open(url="example.com")),
    ("visit the page localhost:8000/news", a.Open(url="localhost:8000/news")),
    ("please navigate to <https://example.com>", a.Open(url="https://example.com")),
    ("open https://w.example/Salt_(food)", a.Open(url="https://w.example/Salt_(food)")),
    ("open (https://w.example/Salt).", a.Open(url="https://w.example/Salt")),
    ("open about:blank", a.Open(url="about:blank")),
    ("I want you to open 'example.com'", a.Open(url="example.com")),
    ('click "Search"', SEARCH),
    ("click Search", SEARCH),
    ("CLICK ON THE “Search”!", SEARCH),
    ("tap `Search`", SEARCH),
    ("click ‘Search’", SEARCH),
    ("click «Search»", SEARCH),
    ("click „Search“", SEARCH),
    ('Click on the "Search" button please', a.Click(target=at("Search", "button"))),
    ("click the Search button", a.Click(target=at("Search", "button"))),
    ('press the "Search" button', a.Click(target=at("Search", "button"))),
    ('press "Search"', SEARCH),
    ('click the link "More"', a.Click(target=at("More", "link"))),
    ('click the second "Delete" button', a.Click(target=at("Delete", "button", 2))),
    ('click the 2nd "Delete"', a.Click(target=at("Delete", nth=2))),
    ('click "Delete" #2', a.Click(target=at("Delete", nth=2))),
    ('click "Delete" (number 12)', a.Click(target=at("Delete", nth=12))),
    ("click the 2nd Delete link", a.Click(target=at("Delete", "link", 2))),
    ("click Delete #3", a.Click(target=at("Delete", nth=3))),
    ("click First National Bank", a.Click(target=at("First National Bank"))),
    ("click Terms and conditions", a.Click(target=at("Terms and conditions"))),
    ("click Don't show again", a.Click(target=at("Don't show again"))),
    ("click 'Don't show again'", a.Click(target=at("Don't show again"))),
    ("click Forgot password?", a.Click(target=at("Forgot password?"))),
    ('click "Save, then close"', a.Click(target=at("Save, then close"))),
    ('click "say ""hi"""', a.Click(target=at('say "hi"'))),
    ('type "Ada" into "Name"', a.Type(text="Ada", target=at("Name"))),
    ('enter the text "Ada" in the "Name" field', a.Type(text="Ada", target=at("Name"))),
    ("write hello, world into Message", a.Type(text="hello, world", target=at("Message"))),
    ('fill "Name" with "Ada"', a.Type(text="Ada", target=at("Name"))),
    ('fill in "Name" with "Ada"', a.Type(text="Ada", target=at("Name"))),
    ('fill in "Ada" into "Name"', a.Type(text="Ada", target=at("Name"))),
    ('type "into" into "Name in full"', a.Type(text="into", target=at("Name in full"))),
    ('type "" into "Name"', a.Type(text="", target=at("Name"))),
    ('type "cats" into the "Search" box and submit', a.Type(text="cats", target=at("Search"), submit=True)),
    ('select "Large" in "Size"', a.Select(option="Large", target=at("Size"))),
    ("choose the option Large from the Size dropdown", a.Select(option="Large", target=at("Size"))),
    ('pick "Large" from the "Size" list', a.Select(option="Large", target=at("Size"))),
    ('check "I agree"', a.Check(target=at("I agree"))),
    ('tick the "I agree" checkbox', a.Check(target=at("I agree", "checkbox"))),
    ('uncheck "News"', a.Uncheck(target=at("News"))),
    ("press Enter", a.Press(key="Enter")),
    ("hit the return key", a.Press(key="Enter")),
    ("press ctrl + a", a.Press(key="Control+a")),
    ("press Control+Shift+ArrowDown", a.Press(key="Control+Shift+ArrowDown")),
    ("press page down", a.Press(key="PageDown")),
    ('press "."', a.Press(key=".")),
    ('hover over "Products"', a.Hover(target=at("Products"))),
    ('drag "Card" onto "Done"', a.Drag(target=at("Card"), onto=at("Done"))),
    ("drag and drop A to B", a.Drag(target=at("A"), onto=at("B"))),
    ("scroll", a.Scroll(to="down")),
    ("scroll up a bit", a.Scroll(to="up")),
    ('scroll down to the "Contact" heading', a.Scroll(to=at("Contact", "heading"))),
    ("go back", a.GoBack()),
    ("go back to the previous page", a.GoBack()),
    ("new tab example.com", a.NewTab(url="example.com")),
    ("open example.com in a new tab", a.NewTab(url="example.com")),
    ("open a new tab with https://example.com", a.NewTab(url="https://example.com")),
    ('switch to tab "News"', a.SwitchTab(tab="News")),
    ('switch to the "News" tab', a.SwitchTab(tab="News")),
    ("switch to tab 2", a.SwitchTab(tab="2")),
    ("go to the second tab", a.SwitchTab(tab="2")),
    ("close this tab", a.CloseTab()),
    ('upload "report.pdf" to "Your file"', a.Upload(file="report.pdf", target=at("Your file"))),
    ("attach the file report.pdf to the CV field", a.Upload(file="report.pdf", target=at("CV"))),
    ('download "Price list"', a.Download(target=at("Price list"))),
    ('wait for "Results"', a.WaitFor(target=at("Results"))),
    ("wait until Results appears", a.WaitFor(target=at("Results"))),
    ('extract "Price" as price', a.Extract(target=at("Price"), name="price")),
    ('extract the "Prices" table as all prices', a.Extract(target=at("Prices", "table"), name="all prices")),
    ('read "Price"', a.Extract(target=at("Price"), name="Price")),
    ("read the search results", a.ReadResults()),
    ("screenshot", a.Screenshot()),
    ("Take a screenshot of the page.", a.Screenshot()),
    ('ask a person "Please log in"', Ask("Please log in")),
    ('ask a person "Which code?" as code', Ask("Which code?", "code")),
    ("ask a human to solve the captcha", Ask("solve the captcha")),
    ("accept the dialog", a.AnswerDialog(accept=True)),
    ('accept dialog with "Ada"', a.AnswerDialog(accept=True, text="Ada")),
    ("dismiss dialog", a.AnswerDialog(accept=False)),
    ('say "Done, then some"', Say("Done, then some")),
]


@pytest.mark.parametrize(("words", "deed"), ONE_STEP, ids=[words for words, _ in ONE_STEP])
def test_a_step_reads_as_a_person_would_mean_it(words: str, deed: Deed) -> None:
    assert deeds(words) == [deed]


@pytest.mark.parametrize(("words", "deed"), ONE_STEP, ids=[words for words, _ in ONE_STEP])
def test_case_and_politeness_change_nothing_before_the_verb(words: str, deed: Deed) -> None:
    assert deeds(f"Now PLEASE {words}") == [deed]


TWO_STEPS = [
    'open example.com\nclick "Search"',
    'open example.com then click "Search"',
    'Open example.com, then click "Search".',
    'open example.com and then click "Search"',
    'open example.com, then\nclick "Search"',
    'open example.com\nthen click "Search"',
    'open example.com and click "Search"',
    'open example.com, click "Search"',
    'Open example.com. Click "Search".',
    'First open example.com; finally click "Search"!',
    '1. open example.com\n2. click "Search"',
    '1) open example.com\n\n2) click "Search"',
    'Step 1: open example.com\r\nStep 2: click "Search"',
    '- open example.com\n- click "Search"',
    "* open example.com\n• click Search",
    "- [ ] open example.com\n- [x] click Search",
    '# what to do\nopen example.com # the start\n   # on\nclick "Search"',
    "open: example.com\nclick: Search",
    "- open: example.com\n- click: Search",
    "steps:\n  - open: example.com\n  - click: Search\n",
    '---\n# a comment\n- open example.com\n- click: the "Search"',
    '- "open example.com, then click Search"',
    "- {open: example.com}\n- {click: {text: Search}}",
    '[{open: example.com}, click "Search"]',
    '{"steps": ["open example.com", {"click": "Search"}]}',
    '\ufeffopen example.com\nclick "Search"',
    'First, open example.com. After that, click "Search".',
]


@pytest.mark.parametrize("prompt", TWO_STEPS)
def test_steps_are_parted_by_lines_then_and_plain_sentences(prompt: str) -> None:
    assert deeds(prompt) == [a.Open(url="example.com"), SEARCH]


def test_and_parts_steps_where_one_side_is_surely_a_step() -> None:
    assert deeds('search for recent news and take a screenshot, type "x" into Name and press Enter') == [
        Search("recent news"),
        a.Screenshot(),
        a.Type(text="x", target=at("Name")),
        a.Press(key="Enter"),
    ]


@pytest.mark.parametrize(
    ("item", "deed"),
    [
        ('type: {text: "then, ok", into: Name, submit: true}', a.Type(text="then, ok", target=at("Name"), submit=True)),
        ("type: Ada\n  into: Name", a.Type(text="Ada", target=at("Name"))),
        ("type:\n    into: Note\n    text: |\n      one\n      two\n", a.Type(text="one\ntwo\n", target=at("Note"))),
        ("fill: {field: Name, with: Ada}", a.Type(text="Ada", target=at("Name"))),
        ("click: {text: Delete, role: button, nth: 2}", a.Click(target=at("Delete", "button", 2))),
        ("Click: the button", a.Click(target=at("the button"))),
        ("select: {option: 01, in: Size}", a.Select(option="01", target=at("Size"))),
        ("drag: {what: A, onto: B}", a.Drag(target=at("A"), onto=at("B"))),
        ("scroll: up", a.Scroll(to="up")),
        ("scroll to: {text: Contact, role: heading}", a.Scroll(to=at("Contact", "heading"))),
        ("press key: KeyZ", a.Press(key="KeyZ")),
        ("scroll: {to: Contact}", a.Scroll(to=at("Contact"))),
        ("screenshot:", a.Screenshot()),
        ("press: 5", a.Press(key="5")),
        ("switch to tab: 2", a.SwitchTab(tab="2")),
        ("search for: now and then", Search("now and then")),
        ("ask_a_person: Which code?\n  as: code", Ask("Which code?", "code")),
        ("accept dialog: {with: Ada}", a.AnswerDialog(accept=True, text="Ada")),
        ("extract: {what: Price, name: price}", a.Extract(target=at("Price"), name="price")),
        ('type "Note: x" into "Y"', a.Type(text="Note: x", target=at("Y"))),
        ("type: {secret: shop, into: Word}", a.TypeSecret(secret="shop", target=at("Word"))),
        ("type secret: shop\n  into: Word", a.TypeSecret(secret="shop", target=at("Word"))),
        ("click at: 640, 12.5", a.ClickAt(x=640, y=12.5)),
    ],
)
def test_a_yaml_item_is_one_step(item: str, deed: Deed) -> None:
    assert deeds(f"- open: example.com\n- {item}\n- go back") == [a.Open(url="example.com"), deed, a.GoBack()]


def test_yaml_texts_are_taken_letter_for_letter_beside_other_scripts() -> None:
    steps = read("- open: example.com # é\n- say: Grüße 🌊\n- click: Über uns\n  ask first: yes\n")

    assert [step.words for step in steps[1:]] == ["say: Grüße 🌊", "click: Über uns\n  ask first: yes"]
    assert steps[2] == Step(a.Click(target=at("Über uns")), ask_first=True)


@pytest.mark.parametrize(
    "prompt",
    [
        'click "Buy" (ask first)',
        'click "Buy" [Ask First].',
        'click "Buy", ask first',
        'click "Buy" but ask first',
        "- click: Buy\n  ask_first: true",
        "- click: {text: Buy, ask_first: true}",
        '- click "Buy" (ask first)',
    ],
)
def test_any_step_can_ask_first(prompt: str) -> None:
    assert read(prompt) == [Step(a.Click(target=at("Buy")), ask_first=True)]


def test_a_step_keeps_the_words_it_was_read_from() -> None:
    steps = read('1. Please open example.com, then click on the "Buy" button (ask first)')

    assert [step.words for step in steps] == ["Please open example.com,", 'click on the "Buy" button (ask first)']


@pytest.mark.parametrize(
    ("prompt", "words", "hint"),
    [
        ("My session prompt", "My session prompt", "plain steps"),
        ("", "", "no step"),
        ("# only a comment", "# only a comment", "no step"),
        ("open example.com, then clikc Foo", "clikc Foo", 'click "Search"'),
        ('tpye "Ada" into "Name"', 'tpye "Ada" into "Name"', 'type "Ada" into "Name"'),
        ("find recent news", "find recent news", "search for recent news"),
        ('click the shiny "Search" button', "shiny", "Beside the quotes"),
        ('click "A" and "B"', '"A" and "B"', "Only one thing"),
        ("click", "click", "Say which"),
        ("click the button", "the button", "Say which"),
        ("click the first result", "the first result", "Say which"),
        ('scroll to "Search" and click it', "it", "Say which"),
        ("switch to the last tab", "the last tab", "counted from 1"),
        ("say hello and click X", "say hello and click X", "quotes"),
        ('click ""', '""', "nothing in the quotes"),
        ('click "Search', '"Search', "never closes"),
        ("open example.com\nclick “Search", "“Search", "step 2"),
        ("click Save and click Cancel", "click Save and click Cancel", "quotes"),
        ("click one that I saw up there in early May", "one that I saw up there in early May", "quotes"),
        ('type "Ada"', '"Ada"', 'into "Name"'),
        ("type go in in Name", "go in in Name", "more than one"),
        ("press Search", "Search", "no key"),
        ("open the news page", "news", "web address"),
        ("open /news", "/news", "web address"),
        ("search this page for lamps", "this page for lamps", "search page"),
        ("wait 5 seconds", "5 seconds", "never for a time"),
        ("wait", "wait", "never for a time"),
        ("scroll to the bottom", "the bottom", "by the screen"),
        ("go back twice", "twice", "Nothing more"),
        ("search for now and then", "search for now and then", "Nothing follows"),
        ('click "X" #0', "#0", "counted from 1"),
        ("- open: example.com\n- clik: X", "clik: X", 'click "Search"'),
        ("- open: example.com\n  click: X", "open: example.com\n  click: X", "dash"),
        ("- click: {text: X, colour: red}", "colour", "details"),
        ("- click: X\n  ask_first: maybe", "maybe", "true or false"),
        ("- click: {text: X, role: widget}", "widget", "kind of thing"),
        ("- click: [X]", "click: [X]", "text"),
        ("- click: *x", "*x", "anchors"),
        ("- click: X\n- - Y", "- Y", "line or a mapping"),
        ("- click: X\n- {{{{{{{}}}}}}}", "- {{{{{{{}}}}}}}", "deep"),
        ('- click: "X', '- click: "X', "looks like YAML"),
        ("steps:\n  click", "", "list of steps"),
        ("click \0", "", "no text"),
        ("click \ud800", "", "no text"),
    ],
)
def test_an_unreadable_prompt_names_the_words_and_says_what_to_write(prompt: str, words: str, hint: str) -> None:
    error = unreadable(prompt)

    assert error.facts["words"] == words if words else True
    assert hint in str(error.facts["hint"])
    assert error.code == "unreadable_prompt"


MARKS = [
    *("\n", " ", "\n- ", "then", "and", "the", "into", "as", "(ask first)", "- click: "),
    *"\"'`“”‘’«»„#-:,.()[]{}&*!|>%@",
]
PIECES = st.sampled_from([*(words for words, _ in ONE_STEP), *MARKS])
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


PROMPTS = st.one_of(
    st.text(), st.lists(st.one_of(PIECES, st.text(max_size=4))).map(" ".join), st.lists(PIECES).map("".join)
)


@given(PROMPTS)
def test_reading_never_fails_in_another_way(prompt: str) -> None:
    try:
        steps = read(prompt)
    except UnreadablePrompt:
        return
    assert steps


@given(TEXT.filter(lambda text: '"' not in text and text.strip() != ""))
def test_whatever_is_in_quotes_is_the_target(text: str) -> None:
    assert read(f'click "{text}"') == [Step(a.Click(target=at(text)))]


FILLED = TEXT.filter(lambda text: text.strip() != "")
NUMBER = st.none() | st.integers(1, 10_000)
ROLES = st.sampled_from([None, *sorted({role for role in NOUNS.values() if role})])
TARGETS = st.builds(a.Target, text=FILLED, role=ROLES, nth=NUMBER)
URLS = st.from_regex(ADDRESS, fullmatch=True).filter(lambda url: "\0" not in url)
KEY = st.sampled_from(sorted({*keys.NAMES, "a", "A", "+", '"', "Control+a", "Control++", "Shift+Tab"}))
ACTIONS: list[st.SearchStrategy[Deed]] = [
    st.builds(Search, FILLED),
    st.just(a.Screenshot()),
    st.builds(Ask, FILLED, FILLED),
    st.builds(Say, FILLED),
    st.builds(a.Open, url=URLS),
    st.builds(a.NewTab, url=URLS),
    *(st.builds(one, target=TARGETS) for one in (a.Click, a.Check, a.Uncheck, a.Hover, a.Download, a.WaitFor)),
    st.builds(a.Type, text=TEXT, target=TARGETS, submit=st.booleans()),
    st.builds(a.Select, option=FILLED, target=TARGETS),
    st.builds(a.Press, key=KEY),
    st.builds(a.Drag, target=TARGETS, onto=TARGETS),
    st.builds(a.Scroll, to=st.one_of(st.sampled_from(["up", "down"]), TARGETS)),
    st.builds(a.SwitchTab, tab=FILLED),
    st.builds(a.Upload, file=FILLED, target=TARGETS),
    st.builds(a.Extract, target=TARGETS, name=FILLED),
    st.builds(a.AnswerDialog, accept=st.just(value=True), text=st.none() | TEXT),
    *(st.just(deed) for deed in (a.GoBack(), a.CloseTab(), a.ReadResults(), a.AnswerDialog(accept=False))),
]


STEPS = st.lists(st.builds(Step, st.one_of(ACTIONS), st.booleans()), min_size=1, max_size=4)


@given(STEPS, st.sampled_from(["\n", ", then "]))
def test_printed_steps_read_as_the_same_steps(steps: list[Step], between: str) -> None:
    assert read(between.join(map(str, steps))) == steps


@pytest.mark.parametrize(("words", "deed"), ONE_STEP, ids=[words for words, _ in ONE_STEP])
def test_the_canonical_words_of_every_example_read_as_it(words: str, deed: Deed) -> None:
    assert deeds(canonical(deed)) == [deed]


@pytest.mark.parametrize(
    ("prompt", "submit"),
    [
        ('type secret "shop" into "Password"', False),
        ('type the secret "shop" into the "Password" field and submit', True),
        ('fill in "Password" with secret "shop"', False),
    ],
)
def test_a_secret_is_typed_by_its_name(prompt: str, submit: bool) -> None:
    [deed] = deeds(prompt)

    assert isinstance(deed, a.TypeSecret)
    assert (deed.secret, deed.target.text, deed.submit) == ("shop", "Password", submit)
    assert deeds(canonical(deed)) == [deed]


def test_a_text_that_speaks_of_a_secret_is_a_text() -> None:
    assert deeds('type "secret shop" into "Notes"') == [a.Type(text="secret shop", target=at("Notes"))]
