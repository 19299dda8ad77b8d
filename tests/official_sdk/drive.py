"""Drives a marketplace with the official SDK of the Open Platform, and prints what the SDK reads, one JSON line a call.

Called with the marketplace's `open_platform` (as `skuload sandbox` prints it, with a `code` beside it) in JSON.
"""

import json
import socket
import sys

# When a call is refused, the SDK logs under which address its machine is known; here it may be under none.
socket.gethostbyname = lambda _: "127.0.0.1"

from lazop_sdk import LazopClient, LazopRequest  # noqa: E402

shop = json.loads(sys.argv[1])
client = LazopClient(shop["url"], shop["app_key"], shop["app_secret"])


def call(name, path, parameters, token=None, method="POST", picture=None):
    request = LazopRequest(path, method)
    for key, value in parameters.items():
        request.add_api_param(key, value)
    if picture is not None:
        request.add_file_param("image", picture)
    response = client.execute(request, token)
    told = {"name": name, "code": response.code, "type": response.type, "message": response.message,
            "request_id": response.request_id, "body": response.body}
    print(json.dumps(told))
    return response.body


def png(width, height):
    sides = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sides + b"\x08\x02\0\0\0"


tokens = call("token create", "/auth/token/create", {"code": shop["code"]})
token = tokens["access_token"]

call("tree", "/category/tree/get", {"language_code": "en_US"}, method="GET")
call("attributes", "/category/attributes/get", {"primary_category_id": "6614"}, method="GET")
call("brands", "/category/brands/query", {"startRow": "0", "pageSize": "3"}, method="GET")

hosted = call("upload", "/image/upload", {}, token, picture=png(400, 400))["data"]["image"]["url"]
source = "<Request><Image><Url>http://supplier.example/a.jpg?size=1&amp;kind=2</Url></Image></Request>"
migrated = call("migrate", "/image/migrate", {"payload": source}, token)["data"]["image"]["url"]

xml = """<?xml version="1.0" encoding="UTF-8" ?>
<Request><Product><PrimaryCategory>6614</PrimaryCategory><Images><Image>{}</Image></Images>
<Attributes><name>เสื้อยืด &amp; Áo thun 100% + 上衣 🎽</name><short_description>Soft</short_description>
<brand>Remark</brand></Attributes><Skus><Sku><SellerSku>SDK 1</SellerSku><quantity>3</quantity><price>35</price>
<saleProp><color_family>Green</color_family><size>Int:M</size></saleProp><package_height>10</package_height>
<package_length>10</package_length><package_width>10</package_width><package_weight>0.5</package_weight></Sku></Skus>
</Product></Request>""".format(hosted)
created = call("create xml", "/product/create", {"payload": xml}, token)["data"]

sku = {"SellerSku": "SDK-2", "quantity": "4", "price": "12.50", "saleProp": {"color_family": "Red", "size": "Int:S"},
       "package_height": "1", "package_length": "1", "package_width": "1", "package_weight": "0.1"}
attributes = {"name": "Second", "short_description": "\"More\" <b>&</b>", "brand": "Remark"}
product = {"PrimaryCategory": "6614", "Attributes": attributes, "Skus": {"Sku": [sku]}}
call("create json", "/product/create", {"payload": json.dumps({"Request": {"Product": product}})}, token)
call("create again", "/product/create", {"payload": xml}, token)

sku_id = str(created["sku_list"][0]["sku_id"])
images = {"Skus": {"Sku": [{"SkuId": sku_id, "Images": {"Image": [migrated, hosted]}}]}}
call("set images", "/images/set", {"payload": json.dumps({"Request": {"Product": images}})}, token)

price = {"Skus": {"Sku": {"ItemId": str(created["item_id"]), "SkuId": sku_id, "SellerSku": "SDK 1", "Price": "34"}}}
call("price", "/product/price_quantity/update", {"payload": json.dumps({"Request": {"Product": price}})}, token)

wanted = {"filter": "all", "sku_seller_list": json.dumps(["SDK 1"]), "limit": "50", "options": "1"}
call("products", "/products/get", wanted, token, method="GET")

fresh = call("token refresh", "/auth/token/refresh", {"refresh_token": tokens["refresh_token"]})
call("products again", "/products/get", {"filter": "all"}, fresh["access_token"], method="GET")
call("no such token", "/products/get", {"filter": "all"}, "50000none", method="GET")
