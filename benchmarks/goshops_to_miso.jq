# Go Shops to Miso, without checks: jq -c -f goshops_to_miso.jq FILE
{
  type: {view: "product_detail_page_view", like: "like", cart: "add_to_cart", purchase: "checkout"}[.data.event],
  user_id: .data.customer,
  timestamp: .data.date,
  context: {custom_context: {goshops_project: .project}},
  product_ids: [.data.item]
}
