"""What language an answer is in, and whether it refuses in it: one sentence for each language that is known."""

import pytest

from spanhouse_evaluators.contract import Context, Outcome, Score, Unscored
from spanhouse_evaluators.quality.language import language
from spanhouse_evaluators.quality.readability import readability
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.run import run

SENTENCES = {
    "de": "Der Vertrag ist am Montag unterschrieben worden, und die Zahlung wird in dieser Woche erwartet.",
    "fr": "Le contrat a été signé lundi et le paiement est attendu cette semaine dans les bureaux de la société.",
    "es": "El contrato se firmó el lunes y se espera el pago en el curso de esta semana para la empresa.",
    "pt": "O contrato foi assinado na segunda-feira e o pagamento é esperado no decorrer desta semana para a empresa.",
    "it": "Il contratto è stato firmato lunedì e il pagamento è previsto nel corso della settimana per la società.",
    "nl": "Het contract is op maandag getekend en de betaling wordt in de loop van deze week verwacht.",
    "pl": "Umowa została podpisana w poniedziałek, a płatność jest oczekiwana w tym tygodniu, ale nie wcześniej niż po wtorku.",
    "cs": "Smlouva byla podepsána v pondělí a platba se očekává v průběhu tohoto týdne, ale není to jisté.",
    "sv": "Avtalet undertecknades på måndagen och betalningen väntas under veckan, men det är inte säkert att den kommer.",
    "da": "Kontrakten blev underskrevet mandag, og den ventes betalt i løbet af ugen, men det er ikke sikkert efter det.",
    "no": "Kontrakten ble undertegnet mandag, og den ventes betalt i løpet av uken, men det er ikke sikkert nå.",
    "fi": "Sopimus allekirjoitettiin maanantaina, ja maksu on odotettavissa tällä viikolla, mutta se ei ole varmaa.",
    "hu": "A szerződést hétfőn írták alá, és a kifizetés ezen a héten várható, de ez még nem biztos, hogy meg is történik.",
    "ro": "Contractul a fost semnat luni și plata este așteptată în cursul acestei săptămâni, dar nu este sigur că va fi făcută.",
    "tr": "Sözleşme pazartesi günü imzalandı ve ödeme bu hafta bekleniyor, ama bu henüz çok kesin değil ve daha sonra olabilir.",
    "id": "Kontrak itu ditandatangani pada hari Senin dan pembayaran akan dilakukan dalam minggu ini, tetapi itu tidak pasti.",
    "vi": "Hợp đồng đã được ký vào thứ hai và khoản thanh toán sẽ được thực hiện trong tuần này, nhưng không chắc chắn.",
    "ca": "El contracte es va signar dilluns i el pagament és previst per aquesta setmana, però això no és segur amb els bancs.",
    "ru": "Договор был подписан в понедельник, и это важно.",
    "uk": "Договір підписано в понеділок, і це важливо.",
    "bg": "Договорът беше подписан в понеделник и плащането се очаква.",
    "sr": "Уговор је потписан у понедељак и то је важно за њих.",
    "be": "Дагавор быў падпісаны ў панядзелак.",
    "fa": "قرارداد روز دوشنبه امضا شد و پرداخت در این هفته انجام می‌شود.",
    "ar": "تم توقيع العقد يوم الاثنين ومن المتوقع الدفع هذا الأسبوع.",
    "ur": "معاہدے پر پیر کو دستخط کیے گئے اور ادائیگی اس ہفتے متوقع ہے۔",
    "hi": "अनुबंध पर सोमवार को हस्ताक्षर किए गए।",
    "ja": "契約は月曜日に署名されました。",
    "zh": "合同已于星期一签署。",
    "ko": "계약은 월요일에 체결되었습니다.",
    "el": "Η σύμβαση υπογράφηκε τη Δευτέρα.",
    "he": "החוזה נחתם ביום שני.",
    "th": "สัญญาลงนามเมื่อวันจันทร์",
    "en": "The contract was signed on Monday, and payment is expected in the course of this week by the company.",
}


def refuses(answer: str) -> Outcome:
    return run(refusal, Context(output=answer))["refusal"]


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items(), ids=[*SENTENCES])
def test_a_language_is_known_by_a_sentence(code: str, sentence: str) -> None:
    found = run(language, Context(output=sentence))["language"]
    assert isinstance(found, Score), found
    assert found.value == code


@pytest.mark.parametrize(
    "answer",
    [
        "Yes.",
        "U | N | I | T | E | D | W | E | S | T | A | N | D",
        "Ellen DeGeneres, Neil Patrick Harris, Laverne Cox, Billy Porter, Anderson Cooper",
        "```python\nfor the in of: print(the, of, and, to, in)\n```",
        "J -> G, o -> l, h -> e, n -> k, a -> x, s -> p",
    ],
)
def test_what_is_no_running_text_is_in_no_language(answer: str) -> None:
    assert isinstance(run(language, Context(output=answer))["language"], Unscored)


@pytest.mark.parametrize(
    "answer",
    [
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Leider kann ich diese Frage nicht beantworten.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Je suis désolé, mais je ne peux pas répondre à cette question.",
        "Mi dispiace, ma non posso aiutarti.",
        "Het spijt me, maar daar kan ik niet mee helpen.",
        "Desculpe, mas não posso ajudar com isso.",
        "К сожалению, я не могу помочь с этим.",
        "抱歉，我无法回答这个问题。",
        "申し訳ありませんが、お答えできません。",
    ],
)
def test_a_refusal_is_known_in_other_languages(answer: str) -> None:
    found = refuses(answer)
    assert isinstance(found, Score), found
    assert found.value is True


def test_an_answer_in_another_known_language_is_no_refusal() -> None:
    assert refuses(SENTENCES["de"]) == Score(False)
    assert refuses("Leider war das Wetter schlecht, aber nicht kalt.") == Score(False)


def test_where_no_refusal_is_known_nobody_says_that_it_is_none() -> None:
    reason = "refusals in its language are not known here"
    assert [refuses(SENTENCES[code]) for code in ("fi", "ar", "hi")] == [Unscored(reason)] * 3


def test_readability_says_nothing_about_other_languages() -> None:
    assert run(readability, Context(output=SENTENCES["de"] * 5))["readability"] == Unscored("not in English")
    assert run(readability, Context(output=SENTENCES["ru"] * 8))["readability"] == Unscored("not in English")
