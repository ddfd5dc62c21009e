"""The help centre of Larkspur, a shop for house and garden that exists only here: its articles, and what is asked.

Text only; ``help_centre`` searches it.
"""

import re
from dataclasses import dataclass
from typing import Literal

ToolName = Literal["look_up_order", "refund_order", "change_address", "cancel_membership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One page of the help centre. ``tool`` is what an assistant uses when asked about the customer's own case."""

    id: str
    title: str
    text: str
    questions: tuple[str, ...]
    tool: ToolName | None = None

    @property
    def sentences(self) -> list[str]:
        """The text, sentence by sentence."""
        return re.split(r"(?<=\.)\s+", self.text)


ARTICLES = (
    Article(
        id="returns-window",
        title="How long you can return an item",
        text=(
            "You can return most items within 30 days of delivery. The item must be unused and in its original "
            "packaging. Members of Larkspur Plus have 60 days instead of 30. Sale items can be returned within 14 "
            "days."
        ),
        questions=(
            "How many days do I have to return an item?",
            "Can I still return a lamp I bought three weeks ago?",
            "What is the return window for sale items?",
            "Do Plus members get longer to return things?",
        ),
    ),
    Article(
        id="returns-start",
        title="Starting a return",
        text=(
            "To start a return, open Your orders, choose the order and press Return items. We email you a label that "
            "you print and stick on the parcel. Drop the parcel at any post office within seven days. If you have no "
            "printer, choose the code option and the post office prints the label for you."
        ),
        questions=(
            "How do I start a return?",
            "Where do I get the return label?",
            "I have no printer, how can I send my parcel back?",
            "Where do I drop off a return parcel?",
        ),
    ),
    Article(
        id="refund-time",
        title="How long a refund takes",
        text=(
            "A refund is paid within five working days after the return reaches our warehouse. It goes back to the "
            "payment method you used. Card refunds can take two more days to appear on your statement. Refunds to "
            "gift cards are available at once."
        ),
        questions=(
            "How long does a refund take?",
            "My return arrived, when is the refund paid?",
            "Why is the refund not on my card statement yet?",
            "Where does the refund money go?",
        ),
    ),
    Article(
        id="refund-broken",
        title="Refund for a damaged item",
        text=(
            "If an item arrives damaged, tell us within 48 hours and send a photo. We refund the full price, "
            "including delivery, and you do not have to send the item back. The refund starts as soon as the damage "
            "is confirmed. For furniture we can offer a repair instead."
        ),
        questions=(
            "My order {order} arrived damaged, can I get a refund?",
            "The vase in order {order} is broken, please refund it.",
            "Order {order} arrived with a damaged mirror and I want a refund.",
        ),
        tool="refund_order",
    ),
    Article(
        id="order-status",
        title="Where your order is",
        text=(
            "Your order shows one of four states: received, packed, on its way or delivered. You get an email with a "
            "tracking link when the parcel leaves our warehouse. Standard delivery takes two to four working days. "
            "If the tracking has not changed for three days, contact us and we will ask the carrier."
        ),
        questions=(
            "Where is my order {order}?",
            "Has order {order} left the warehouse yet?",
            "Can you check the tracking of order {order} for me?",
            "The tracking of order {order} has not changed for days.",
        ),
        tool="look_up_order",
    ),
    Article(
        id="delivery-cost",
        title="What delivery costs",
        text=(
            "Standard delivery costs 4.90 and is free for orders over 50. Express delivery costs 9.90 and arrives "
            "the next working day if you order before 2 pm. Delivery of large furniture costs 39. Members of "
            "Larkspur Plus pay nothing for standard delivery."
        ),
        questions=(
            "How much does standard delivery cost?",
            "From which amount is delivery free?",
            "What does express delivery cost and when does it arrive?",
            "What does delivery of a sofa or other large furniture cost?",
        ),
    ),
    Article(
        id="delivery-abroad",
        title="Delivery to other countries",
        text=(
            "We deliver to all countries of the European Union, Norway and Switzerland. Delivery abroad takes five "
            "to eight working days and costs 14.90. For Norway and Switzerland the carrier collects import duties "
            "from you. Large furniture and plants are not sent abroad."
        ),
        questions=(
            "Do you deliver to Norway?",
            "How long does delivery to other countries take?",
            "Who pays import duties for Switzerland?",
            "Can plants be sent abroad?",
        ),
    ),
    Article(
        id="address-change",
        title="Changing the delivery address",
        text=(
            "You can change the delivery address until the order is packed. Open Your orders and press Change "
            "address. Once the parcel is on its way, only the carrier can redirect it, through the tracking link. "
            "Address changes to another country are not possible."
        ),
        questions=(
            "Please send order {order} to my office, I need to change the delivery address.",
            "I moved house, can you change the address of order {order}?",
            "Order {order} has the wrong street number in the address.",
        ),
        tool="change_address",
    ),
    Article(
        id="order-cancel",
        title="Cancelling an order",
        text=(
            "An order can be cancelled until it is packed. Open Your orders and press Cancel order. The money is "
            "returned on the same day. If the order is already on its way, refuse the parcel or start a return when "
            "it arrives."
        ),
        questions=(
            "Can I cancel order {order}?",
            "I ordered twice by mistake, is it too late to cancel {order}?",
            "How do I cancel an order that is already on its way, {order}?",
        ),
        tool="look_up_order",
    ),
    Article(
        id="payment-methods",
        title="Ways to pay",
        text=(
            "You can pay by credit card, debit card, PayPal, bank transfer or gift card. With bank transfer we send "
            "the order once the money has arrived. Several gift cards can be used for one order. We do not accept "
            "cheques or cash on delivery."
        ),
        questions=(
            "Which ways to pay do you accept?",
            "Can I pay by bank transfer?",
            "Can I use several gift cards for one order?",
            "Do you accept cash on delivery?",
        ),
    ),
    Article(
        id="payment-failed",
        title="When a payment fails",
        text=(
            "If a payment fails, the order is kept for 24 hours. Check the card number, the expiry date and the "
            "limit of your card, then press Pay again in Your orders. Banks often block the first payment to a new "
            "shop until you confirm it in their app. After 24 hours without payment the order is cancelled."
        ),
        questions=(
            "My card payment failed, what now?",
            "Why does my bank block the payment?",
            "How long is my order kept after a failed payment?",
        ),
    ),
    Article(
        id="invoice",
        title="Getting an invoice",
        text=(
            "The invoice is in the email that confirms delivery. You can also download it as a PDF under Your "
            "orders. For an invoice with a company name and tax number, enter both before you pay. We cannot change "
            "an invoice after the order has been sent."
        ),
        questions=(
            "Where do I find the invoice?",
            "Can I get an invoice with my company name and tax number?",
            "Can you change an invoice after the order was sent?",
        ),
    ),
    Article(
        id="gift-cards",
        title="Gift cards",
        text=(
            "Gift cards are sold from 10 to 500 and are valid for three years. They arrive by email within an hour, "
            "or by post in a paper envelope. What is left on a gift card stays on it for your next order. A gift "
            "card cannot be exchanged for cash."
        ),
        questions=(
            "How long is a gift card valid?",
            "What happens to the rest of the money on a gift card?",
            "Can I exchange a gift card for cash?",
            "How fast does a gift card arrive by email?",
        ),
    ),
    Article(
        id="plus-benefits",
        title="What Larkspur Plus offers",
        text=(
            "Larkspur Plus costs 29 a year. Members get free standard delivery, 60 days to return items and early "
            "access to sales. Each order earns two percent as shop credit. The first 30 days are free."
        ),
        questions=(
            "What does Larkspur Plus cost?",
            "What benefits do Plus members get?",
            "How much shop credit does an order earn with Plus?",
            "Is there a free trial of Larkspur Plus?",
        ),
    ),
    Article(
        id="plus-cancel",
        title="Ending a Larkspur Plus membership",
        text=(
            "You can end a Larkspur Plus membership at any time under Your account. It then runs until the end of "
            "the paid year. If you have not used any benefit in the last 14 days, we refund the rest of the year. "
            "Shop credit stays yours after the membership ends."
        ),
        questions=(
            "Please cancel my Larkspur Plus membership.",
            "How do I end my Plus membership?",
            "I want to stop Plus, what happens to my shop credit?",
        ),
        tool="cancel_membership",
    ),
    Article(
        id="account-password",
        title="Resetting your password",
        text=(
            "Press Forgot password on the sign-in page and enter your email address. The link we send is valid for "
            "30 minutes. A new password needs at least twelve characters. If no email arrives, look in your spam "
            "folder or check whether you used another address."
        ),
        questions=(
            "I forgot my password, how do I reset it?",
            "The password reset email does not arrive.",
            "How many characters does a new password need?",
        ),
    ),
    Article(
        id="account-delete",
        title="Deleting your account",
        text=(
            "You can delete your account under Your account, Privacy. Open orders must be finished first. We keep "
            "invoices for ten years because the law asks for it, and delete everything else within 30 days. Shop "
            "credit is lost when the account is deleted."
        ),
        questions=(
            "How do I delete my account?",
            "What data do you keep after I delete my account?",
            "Do I lose my shop credit when the account is deleted?",
        ),
    ),
    Article(
        id="warranty",
        title="Warranty",
        text=(
            "All items have a warranty of two years. Furniture frames have five years, mattresses ten. The warranty "
            "covers faults in material and work, not normal wear. Keep the invoice, because it proves the date of "
            "purchase."
        ),
        questions=(
            "How long is the warranty on furniture?",
            "Does the warranty cover normal wear?",
            "What do I need for a warranty claim?",
            "How many years of warranty does a mattress have?",
        ),
    ),
    Article(
        id="assembly",
        title="Furniture assembly",
        text=(
            "Assembly can be booked for 45 per item when you order. Two people come on the day of delivery and take "
            "the packaging with them. If a screw or another part is missing, we send it within three days at no "
            "cost. The assembly guide for every item is a PDF on its product page."
        ),
        questions=(
            "Can someone assemble the wardrobe for me?",
            "A screw is missing, can you send the part?",
            "Where do I find the assembly guide?",
            "What does furniture assembly cost?",
        ),
    ),
    Article(
        id="plants-care",
        title="Caring for delivered plants",
        text=(
            "Unpack plants on the day they arrive and water them well. Keep them out of direct sun for the first "
            "week. A few yellow leaves after the journey are normal. If a plant dies within 30 days, send a photo "
            "and we replace it."
        ),
        questions=(
            "How do I care for a plant after it arrives?",
            "My plant has yellow leaves, is that normal?",
            "What happens if a plant dies within 30 days?",
        ),
    ),
    Article(
        id="stock",
        title="Items that are sold out",
        text=(
            "Press Tell me on the product page and we email you when an item is back. Most items return within three "
            "weeks. Items marked Last chance are not made again. We cannot reserve items that are in stock without "
            "an order."
        ),
        questions=(
            "When will a sold out item be back in stock?",
            "Can you reserve an item for me?",
            "What does Last chance mean on a product page?",
        ),
    ),
    Article(
        id="discount-codes",
        title="Discount codes",
        text=(
            "Enter a discount code on the payment page before you pay. Only one code can be used for an order. Codes "
            "do not work on gift cards and on sale items. A code cannot be added after the order has been placed."
        ),
        questions=(
            "Where do I enter a discount code?",
            "Can I use two discount codes in one order?",
            "Why does my discount code not work on a sale item?",
        ),
    ),
    Article(
        id="showrooms",
        title="Showrooms",
        text=(
            "We have showrooms in Hamburg, Lyon and Antwerp. They are open from Tuesday to Saturday, 10 am to 6 pm. "
            "You can return items there without a label. Dogs on a lead are welcome."
        ),
        questions=(
            "Where are your showrooms?",
            "When are the showrooms open?",
            "Can I return items in one of your showrooms?",
        ),
    ),
    Article(
        id="recycling",
        title="Taking back old furniture and lamps",
        text=(
            "We take back old lamps and batteries in every showroom at no cost. When we deliver a mattress or a "
            "sofa, we take the old one away for 25. Book this when you order. The old furniture goes to a charity if "
            "it is in good condition."
        ),
        questions=(
            "Do you take back my old mattress?",
            "Where can I bring old lamps and batteries?",
            "What does it cost to take the old sofa away?",
        ),
    ),
)
