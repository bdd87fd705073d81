/*
 * method_cards: the cards of the methods that this bench has.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "catalogue/method_card.h"
#include "client/client.h"

int
client_method_cards(const json_t *probes, json_t **cards)
{
	char *dir = client_data_dir("methods");
	struct method_card *card;
	const char *name;
	const json_t *one;
	struct err e = { .text = "" };
	size_t i;

	*cards = json_object();
	json_array_foreach (probes, i, one) {
		name = json_string_value(json_object_get(one, "name"));
		if (dir == NULL || name == NULL)
			continue;
		card = method_card_load(dir, name, &e);
		if (card != NULL)
			json_object_set_new(
			    *cards, name, method_card_json(card));
		else if (e.text[0] != '\0')
			break;
		method_card_free(card);
	}
	free(dir);
	return e.text[0] == '\0' ? 0 : client_complain(CLIENT_USAGE, &e);
}
