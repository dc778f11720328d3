"""The playbook language, as somebody who writes prompts meets it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zenobia.agents.language import keys
from zenobia.agents.language.phrases import ADDRESS, NOUNS
from zenobia.agents.steps import Ask, Deed, Say, Search, Step, canonical, read
from zenobia.protocol.actions import (
    AnswerDialog,
    Check,
    Click,
    CloseTab,
    Download,
    Drag,
    Extract,
    GoBack,
    Hover,
    NewTab,
    Open,
    Press,
    ReadResults,
    Screenshot,
    Scroll,
    Select,
    SwitchTab,
    Target,
    Type,
    Uncheck,
    Upload,
    WaitFor,
)
from zenobia.protocol.errors import UnreadablePrompt


def at(text: str, role: str | None = None, nth: int | None = None) -> Target:
    return Target(text=text, role=role, nth=nth)


def deeds(prompt: str) -> list[Deed]:
    return [step.deed for step in read(prompt)]


def unreadable(prompt: str) -> UnreadablePrompt:
    with pytest.raises(UnreadablePrompt) as caught:
        read(prompt)
    return caught.value


SEARCH = Click(target=at("Search"))

ONE_STEP: list[tuple[str, Deed]] = [
    ("Perform a search for recent news", Search("recent news")),
    ("search for recent news.", Search("recent news")),
    ("Look up what is zenobia?", Search("what is zenobia?")),
    ("google salt and vinegar, please", Search("salt and vinegar")),
    ('search for "now, then click"', Search("now, then click")),
    ("search for #cats", Search("#cats")),
    ("search recent news", Search("recent news")),
    ("search the web for recent news", Search("recent news")),
    ("search for bread and check prices", Search("bread and check prices")),
    ("open https://example.com/a?b=1#c", Open(url="https://example.com/a?b=1#c")),
    ("Go to example.com.", Open(url="example.com")),
    ("visit the page localhost:8000/news", Open(url="localhost:8000/news")),
    ("please navigate to <https://example.com>", Open(url="https://example.com")),
    ("open https://w.example/Salt_(food)", Open(url="https://w.example/Salt_(food)")),
    ("open (https://w.example/Salt).", Open(url="https://w.example/Salt")),
    ("open about:blank", Open(url="about:blank")),
    ("I want you to open 'example.com'", Open(url="example.com")),
    ('click "Search"', SEARCH),
    ("click Search", SEARCH),
    ("CLICK ON THE “Search”!", SEARCH),
    ("tap `Search`", SEARCH),
    ("click ‘Search’", SEARCH),
    ("click «Search»", SEARCH),
    ("click „Search“", SEARCH),
    ('Click on the "Search" button please', Click(target=at("Search", "button"))),
    ("click the Search button", Click(target=at("Search", "button"))),
    ('press the "Search" button', Click(target=at("Search", "button"))),
    ('press "Search"', SEARCH),
    ('click the link "More"', Click(target=at("More", "link"))),
    ('click the second "Delete" button', Click(target=at("Delete", "button", 2))),
    ('click the 2nd "Delete"', Click(target=at("Delete", nth=2))),
    ('click "Delete" #2', Click(target=at("Delete", nth=2))),
    ('click "Delete" (number 12)', Click(target=at("Delete", nth=12))),
    ("click the 2nd Delete link", Click(target=at("Delete", "link", 2))),
    ("click Delete #3", Click(target=at("Delete", nth=3))),
    ("click First National Bank", Click(target=at("First National Bank"))),
    ("click Terms and conditions", Click(target=at("Terms and conditions"))),
    ("click Don't show again", Click(target=at("Don't show again"))),
    ("click 'Don't show again'", Click(target=at("Don't show again"))),
    ("click Forgot password?", Click(target=at("Forgot password?"))),
    ('click "Save, then close"', Click(target=at("Save, then close"))),
    ('click "say ""hi"""', Click(target=at('say "hi"'))),
    ('type "Ada" into "Name"', Type(text="Ada", target=at("Name"))),
    ('enter the text "Ada" in the "Name" field', Type(text="Ada", target=at("Name"))),
    ("write hello, world into Message", Type(text="hello, world", target=at("Message"))),
    ('fill "Name" with "Ada"', Type(text="Ada", target=at("Name"))),
    ('fill in "Name" with "Ada"', Type(text="Ada", target=at("Name"))),
    ('fill in "Ada" into "Name"', Type(text="Ada", target=at("Name"))),
    ('type "into" into "Name in full"', Type(text="into", target=at("Name in full"))),
    ('type "" into "Name"', Type(text="", target=at("Name"))),
    ('type "cats" into the "Search" box and submit', Type(text="cats", target=at("Search"), submit=True)),
    ('select "Large" in "Size"', Select(option="Large", target=at("Size"))),
    ("choose the option Large from the Size dropdown", Select(option="Large", target=at("Size"))),
    ('pick "Large" from the "Size" list', Select(option="Large", target=at("Size"))),
    ('check "I agree"', Check(target=at("I agree"))),
    ('tick the "I agree" checkbox', Check(target=at("I agree", "checkbox"))),
    ('uncheck "News"', Uncheck(target=at("News"))),
    ("press Enter", Press(key="Enter")),
    ("hit the return key", Press(key="Enter")),
    ("press ctrl + a", Press(key="Control+a")),
    ("press Control+Shift+ArrowDown", Press(key="Control+Shift+ArrowDown")),
    ("press page down", Press(key="PageDown")),
    ('press "."', Press(key=".")),
    ('hover over "Products"', Hover(target=at("Products"))),
    ('drag "Card" onto "Done"', Drag(target=at("Card"), onto=at("Done"))),
    ("drag and drop A to B", Drag(target=at("A"), onto=at("B"))),
    ("scroll", Scroll(to="down")),
    ("scroll up a bit", Scroll(to="up")),
    ('scroll down to the "Contact" heading', Scroll(to=at("Contact", "heading"))),
    ("go back", GoBack()),
    ("go back to the previous page", GoBack()),
    ("new tab example.com", NewTab(url="example.com")),
    ("open example.com in a new tab", NewTab(url="example.com")),
    ("open a new tab with https://example.com", NewTab(url="https://example.com")),
    ('switch to tab "News"', SwitchTab(tab="News")),
    ('switch to the "News" tab', SwitchTab(tab="News")),
    ("switch to tab 2", SwitchTab(tab="2")),
    ("go to the second tab", SwitchTab(tab="2")),
    ("close this tab", CloseTab()),
    ('upload "report.pdf" to "Your file"', Upload(file="report.pdf", target=at("Your file"))),
    ("attach the file report.pdf to the CV field", Upload(file="report.pdf", target=at("CV"))),
    ('download "Price list"', Download(target=at("Price list"))),
    ('wait for "Results"', WaitFor(target=at("Results"))),
    ("wait until Results appears", WaitFor(target=at("Results"))),
    ('extract "Price" as price', Extract(target=at("Price"), name="price")),
    ('extract the "Prices" table as all prices', Extract(target=at("Prices", "table"), name="all prices")),
    ('read "Price"', Extract(target=at("Price"), name="Price")),
    ("read the search results", ReadResults()),
    ("screenshot", Screenshot()),
    ("Take a screenshot of the page.", Screenshot()),
    ('ask a person "Please log in"', Ask("Please log in")),
    ('ask a person "Which code?" as code', Ask("Which code?", "code")),
    ("ask a human to solve the captcha", Ask("solve the captcha")),
    ("accept the dialog", AnswerDialog(accept=True)),
    ('accept dialog with "Ada"', AnswerDialog(accept=True, text="Ada")),
    ("dismiss dialog", AnswerDialog(accept=False)),
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
]


@pytest.mark.parametrize("prompt", TWO_STEPS)
def test_steps_are_parted_by_lines_then_and_plain_sentences(prompt: str) -> None:
    assert deeds(prompt) == [Open(url="example.com"), SEARCH]


def test_and_parts_steps_where_one_side_is_surely_a_step() -> None:
    assert deeds('search for recent news and take a screenshot, type "x" into Name and press Enter') == [
        Search("recent news"),
        Screenshot(),
        Type(text="x", target=at("Name")),
        Press(key="Enter"),
    ]


@pytest.mark.parametrize(
    ("item", "deed"),
    [
        ('type: {text: "then, ok", into: Name, submit: true}', Type(text="then, ok", target=at("Name"), submit=True)),
        ("type: Ada\n  into: Name", Type(text="Ada", target=at("Name"))),
        ("type:\n    into: Note\n    text: |\n      one\n      two\n", Type(text="one\ntwo\n", target=at("Note"))),
        ("fill: {field: Name, with: Ada}", Type(text="Ada", target=at("Name"))),
        ("click: {text: Delete, role: button, nth: 2}", Click(target=at("Delete", "button", 2))),
        ("Click: the button", Click(target=at("the button"))),
        ("select: {option: 01, in: Size}", Select(option="01", target=at("Size"))),
        ("drag: {what: A, onto: B}", Drag(target=at("A"), onto=at("B"))),
        ("scroll: up", Scroll(to="up")),
        ("scroll: {to: Contact}", Scroll(to=at("Contact"))),
        ("screenshot:", Screenshot()),
        ("press: 5", Press(key="5")),
        ("switch to tab: 2", SwitchTab(tab="2")),
        ("search for: now and then", Search("now and then")),
        ("ask_a_person: Which code?\n  as: code", Ask("Which code?", "code")),
        ("accept dialog: {with: Ada}", AnswerDialog(accept=True, text="Ada")),
        ("extract: {what: Price, name: price}", Extract(target=at("Price"), name="price")),
        ('type "Note: x" into "Y"', Type(text="Note: x", target=at("Y"))),
    ],
)
def test_a_yaml_item_is_one_step(item: str, deed: Deed) -> None:
    assert deeds(f"- open: example.com\n- {item}\n- go back") == [Open(url="example.com"), deed, GoBack()]


def test_yaml_texts_are_taken_letter_for_letter_beside_other_scripts() -> None:
    steps = read("- open: example.com # é\n- say: Grüße 🌊\n- click: Über uns\n  ask first: yes\n")

    assert [step.words for step in steps[1:]] == ["say: Grüße 🌊", "click: Über uns\n  ask first: yes"]
    assert steps[2] == Step(Click(target=at("Über uns")), ask_first=True)


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
    assert read(prompt) == [Step(Click(target=at("Buy")), ask_first=True)]


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


@settings(deadline=None)
@given(PROMPTS)
def test_reading_never_fails_in_another_way(prompt: str) -> None:
    try:
        steps = read(prompt)
    except UnreadablePrompt:
        return
    assert steps


@settings(deadline=None)
@given(TEXT.filter(lambda text: '"' not in text and text.strip() != ""))
def test_whatever_is_in_quotes_is_the_target(text: str) -> None:
    assert read(f'click "{text}"') == [Step(Click(target=at(text)))]


FILLED = TEXT.filter(lambda text: text.strip() != "")
NUMBER = st.none() | st.integers(1, 10_000)
ROLES = st.sampled_from([None, *sorted({role for role in NOUNS.values() if role})])
TARGETS = st.builds(Target, text=FILLED, role=ROLES, nth=NUMBER)
URLS = st.from_regex(ADDRESS, fullmatch=True).filter(lambda url: "\0" not in url)
KEY = st.sampled_from(sorted({*keys.NAMES, "a", "A", "+", '"', "Control+a", "Control++", "Shift+Tab"}))
ACTIONS: list[st.SearchStrategy[Deed]] = [
    st.builds(Search, FILLED),
    st.just(Screenshot()),
    st.builds(Ask, FILLED, FILLED),
    st.builds(Say, FILLED),
    st.builds(Open, url=URLS),
    st.builds(NewTab, url=URLS),
    *(st.builds(one, target=TARGETS) for one in (Click, Check, Uncheck, Hover, Download, WaitFor)),
    st.builds(Type, text=TEXT, target=TARGETS, submit=st.booleans()),
    st.builds(Select, option=FILLED, target=TARGETS),
    st.builds(Press, key=KEY),
    st.builds(Drag, target=TARGETS, onto=TARGETS),
    st.builds(Scroll, to=st.one_of(st.sampled_from(["up", "down"]), TARGETS)),
    st.builds(SwitchTab, tab=FILLED),
    st.builds(Upload, file=FILLED, target=TARGETS),
    st.builds(Extract, target=TARGETS, name=FILLED),
    st.builds(AnswerDialog, accept=st.just(value=True), text=st.none() | TEXT),
    *(st.just(deed) for deed in (GoBack(), CloseTab(), ReadResults(), AnswerDialog(accept=False))),
]


STEPS = st.lists(st.builds(Step, st.one_of(ACTIONS), st.booleans()), min_size=1, max_size=4)


@settings(deadline=None)
@given(STEPS, st.sampled_from(["\n", ", then "]))
def test_printed_steps_read_as_the_same_steps(steps: list[Step], between: str) -> None:
    assert read(between.join(map(str, steps))) == steps


@pytest.mark.parametrize(("words", "deed"), ONE_STEP, ids=[words for words, _ in ONE_STEP])
def test_the_canonical_words_of_every_example_read_as_it(words: str, deed: Deed) -> None:
    assert deeds(canonical(deed)) == [deed]
