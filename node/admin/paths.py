"""Where things are on the admin port, and the file with the operator's token: what the application and its client both know."""

STATUS_PATH = "/admin/v1/status"
ADOPT_PATH = "/admin/v1/membership"
ORDERS_PATH = "/admin/v1/orders"
SIGN_ORDER_PATH = "/admin/v1/orders/sign"
READY_PATH = "/readyz"
LISTS_PREFIX = "/admin/v1/"
EXPLAIN_PATH = "/admin/v1/uselist/explain"
RECEIPTS_PATH = "/admin/v1/receipts"
EXCHANGES_PATH = "/admin/v1/exchanges"
STATISTICS_PATH = "/admin/v1/uselist/statistics"
TOKEN_FILE = "admin.token"  # noqa: S105 - the name of the file, not a token
