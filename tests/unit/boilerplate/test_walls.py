import pytest

from pipeline.strip_boilerplate import strip_article
from pipeline.text.boilerplate import strip_boilerplate
from schemas.errors import Rejected, RejectReason
from tests.contract.articles import article

WALLS = {
    "consent": (
        "Your privacy choices",
        "We and our 214 partners store and access information on a device.",
        "Choose Accept to continue to the article or Manage options to change your settings.",
    ),
    "consent in other words": (
        "Before you read on",
        "With your agreement, we and 88 vendors use cookies or similar technologies to process personal data such as "
        "your IP address and the pages you visit. Some vendors rely on legitimate interest instead. You can withdraw "
        "your consent at any time in the privacy settings at the foot of every page.",
        "Personalised advertising and content, measurement of both, audience research and the development of services.",
        "More choices",
        "I accept",
    ),
    "access denied": (
        "Access denied",
        "You don't have permission to access this page on our server.",
        "Reference #18.2f4e1160",
    ),
    "no such page": (
        "Oops!",
        "The page you are looking for may have been moved, renamed or deleted.",
        "Please check the address, or return to the home page and search from there.",
    ),
    "robot": (
        "Are you a robot?",
        "We have detected unusual activity from your computer network.",
        "Please make sure your browser supports JavaScript and cookies and that you are not blocking them.",
    ),
    "script": ("Please enable JavaScript to use this site, then reload the page.", "JavaScript is disabled"),
    "sign in": (
        "Welcome back",
        "Sign in to your account to go on reading",
        "Email address",
        "Password",
        "Forgot your password?",
        "Don't have an account? Create one in a minute.",
        "By signing in you agree to our terms of use and our privacy policy.",
    ),
    "korean consent": (
        "개인정보 선택",
        "저희와 214개 파트너는 이용자의 기기에 정보를 저장하고 쿠키를 사용하여 맞춤 광고를 제공합니다.",
        "기사를 계속 보시려면 동의를 누르시고, 바꾸시려면 설정 관리를 선택하세요.",
    ),
    "korean no such page": (
        "페이지를 찾을 수 없습니다",
        "요청하신 페이지가 존재하지 않거나 이름이 변경되어 지금은 이용하실 수 없습니다.",
        "입력하신 주소가 정확한지 다시 한번 확인해 주세요.",
    ),
    "korean sign in": (
        "로그인",
        "로그인이 필요한 서비스입니다.",
        "아이디",
        "비밀번호",
        "아이디와 비밀번호를 입력해 주세요.",
    ),
    "japanese consent": (
        "プライバシーの選択",
        "当社と２１４のパートナーは、お使いの端末に情報を保存し、広告の表示にクッキーを使用します。",
        "記事に進むには「同意する」を押してください。設定はいつでも変更できます。",
    ),
    "japanese no such page": (
        "ページが見つかりません",
        "お探しのページは削除されたか、アドレスが変更された可能性があります。",
        "トップページへ戻る",
    ),
    "another region": (
        "This article is not available where you are.",
        "We recognize you are trying to reach this website from a country of the European Economic Area and cannot "
        "grant you access at this time.",
    ),
    "browser check": (
        "Just a moment...",
        "Verifying you are human. This may take a few seconds.",
        "tidewater.example needs to review the security of your connection before proceeding.",
    ),
    "korean deleted": (
        "존재하지 않는 기사입니다.",
        "삭제되었거나 주소가 잘못 입력되었습니다.",
        "이전 화면으로 돌아가기",
    ),
    "japanese check the address": ("お探しのページは見つかりませんでした。", "URLに誤りがないかご確認ください。"),
    "japanese sign in": ("ログイン", "この先をご覧になるにはログインが必要です。", "メールアドレス", "パスワード"),
}
STORIES = {
    "a fine over cookies": (
        "The privacy regulator in Seoul fined two ad firms on Monday for setting cookies without consent.",
        '"We and our partners store data only when users agree," one of them said in a statement.',
        "The firms have 30 days to change their settings, or to appeal to a court.",
        "Users can withdraw consent at any time under a law that took effect in 2023.",
    ),
    "advice about consent": (
        "Most sites ask for consent before you have read a word. Here is what the buttons do.",
        "Accept lets hundreds of companies follow a reader from page to page, a study by two universities found.",
        "Reject is harder to find: on 61 of 100 sites it hides behind a second page, the authors write.",
        "In your browser you can delete what has been stored, and it takes less than a minute.",
    ),
    "an outage": (
        "Access denied: that is what 40,000 people read on Tuesday when they opened the ferry booking site.",
        "The page was down for three hours, the operator said, and nobody could buy a ticket for the evening boats.",
        "It blamed a certificate that had expired overnight and offered refunds.",
    ),
    "a korean fine": (
        "개인정보보호위원회가 쿠키 수집에 동의를 받지 않은 광고업체 두 곳에 과징금을 부과했다고 14일 밝혔다.",
        "업체들은 30일 안에 설정을 바꾸거나 이의를 제기할 수 있다.",
    ),
    "a japanese law": (
        "クッキーの利用に同意を求める改正法が１日、施行された。端末の情報を広告に使う企業が対象となる。",
        "総務省によると、違反した企業には是正を命じることができる。",
    ),
    "a polite korean report": (
        "광고업체들이 동의 없이 쿠키를 수집했다는 조사 결과가 나왔습니다.",
        "김나래 기자가 보도합니다.",
        "서울에 사는 박 모 씨는 지난달 휴대전화를 바꾼 뒤 낯선 전화를 여러 통 받았습니다.",
        "경찰은 지난주 업체 두 곳을 압수수색했고, 대표 한 명을 불러 조사하고 있습니다.",
    ),
}


@pytest.mark.parametrize("name", WALLS)
@pytest.mark.parametrize("separator", ["\n", "\n\n"], ids=["lines", "paragraphs"])
def test_page_of_nothing_else_is_no_article(name, separator):
    text = separator.join(WALLS[name])
    outcome = strip_article(article("a", original_text=text, body=text, title="Harbor museum reopens"), 80)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is RejectReason.NOT_AN_ARTICLE


@pytest.mark.parametrize("name", STORIES)
def test_story_about_such_things_is_left_alone(name):
    assert strip_boilerplate("\n\n".join(STORIES[name]), "", "en").body == "\n\n".join(STORIES[name])


@pytest.mark.parametrize("name", WALLS)
def test_story_above_a_wall_stays(name):
    story = STORIES["an outage"]
    body = strip_boilerplate("\n\n".join((*story, *WALLS[name])), "", "en").body
    assert body.startswith("\n\n".join(story))
