from shop.users import Buyer
