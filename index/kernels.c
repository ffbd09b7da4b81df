/* The loops that matching spends its time in (index/kernels.py says what each is for).
 *
 * A question has a hundred n-grams and some hundred rows to look at: too few for NumPy, whose every
 * call takes longer than its work, and too many for Python. Nothing here keeps state or knows of
 * Python. Callers give arrays that are large enough, and numbers that lie within them.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int64_t i64;
typedef uint64_t u64;

/* What ends up in one sum is added in the same order on every machine: in so many lanes, which are
 * enough for the processor never to wait for the sum before. A power of two. */
enum { LANES = 32 };

/* Of how many bits an n-gram is in a filter. */
enum { BITS = 6 };

static float product(const float *one, const float *other, i64 length) {
    float sums[LANES] = {0};
    i64 whole = length - length % LANES;
    for (i64 i = 0; i < whole; i += LANES)
        for (int lane = 0; lane < LANES; lane++) sums[lane] += one[i + lane] * other[i + lane];
    for (i64 i = whole; i < length; i++) sums[i - whole] += one[i] * other[i];
    for (int half = LANES / 2; half; half /= 2)
        for (int lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
    return sums[0];
}

/* So many vectors before its turn one is brought from memory. */
enum { AHEAD = 3 };

/* Has a vector brought from memory that will soon be needed; none where the row is -1. */
static void fetch_row(const float *vectors, i64 row, i64 length) {
    for (i64 i = 0; row >= 0 && i < length; i += 16)
        __builtin_prefetch(vectors + row * length + i); /* 64 bytes */
}

static float within(float value, float least, float most) {
    return value < least ? least : value > most ? most : value;
}

/* N-grams ------------------------------------------------------------------------------------- */

/* Ascending, byte by byte from the last (radix sort). spare: room for as many. */
static void sort(u64 *keys, u64 *spare, i64 length) {
    u64 *from = keys, *to = spare;
    for (int shift = 0; shift < 64; shift += 8) {
        i64 places[257] = {0};
        for (i64 i = 0; i < length; i++) places[(from[i] >> shift & 255) + 1]++;
        if (length && places[(from[0] >> shift & 255) + 1] == length) continue; /* all alike */
        for (int byte = 0; byte < 256; byte++) places[byte + 1] += places[byte];
        for (i64 i = 0; i < length; i++) to[places[from[i] >> shift & 255]++] = from[i];
        u64 *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != keys) memcpy(keys, from, length * sizeof *keys);
}

/* The end of splitmix64: spreads the differences over all bits. */
static u64 mixed(u64 hash) {
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    return hash ^ hash >> 27;
}

/* hashes, counts: room for length * (longest - shortest + 1). */
i64 qa_ngrams(const uint32_t *codes, i64 length, i64 shortest, i64 longest, u64 *hashes,
              i64 *counts) {
    i64 found = 0, distinct = 0;
    for (i64 start = 0; start < length; start++) {
        u64 hash = codes[start];
        for (i64 size = 2; size <= longest && start + size <= length; size++) {
            u64 last = codes[start + size - 1];
            if (last == ' ' && codes[start + size - 2] == ' ') break; /* two words */
            /* An odd constant with well-mixed bits, as in Knuth's multiplicative hashing. */
            hash = hash * 0x9E3779B97F4A7C15u ^ last;
            if (size >= shortest) hashes[found++] = mixed(hash + (u64)size);
        }
    }
    sort(hashes, (u64 *)counts, found);
    for (i64 i = 0; i < found; i++) {
        if (!distinct || hashes[distinct - 1] != hashes[i]) {
            hashes[distinct] = hashes[i];
            counts[distinct++] = 0;
        }
        counts[distinct - 1]++;
    }
    return distinct;
}

/* Of so many parts of all hashes, equally large, the one that a hash is in: its upper half says. */
static i64 slot_of(u64 hash, i64 size) {
    return (i64)((hash >> 32) * (u64)size >> 32);
}

/* The first place from which on nothing is less than the sought. Hashes are spread evenly, so the
 * search begins at about the right place and goes away from it: few cells are read. */
static i64 place_of(u64 sought, const u64 *known, i64 length) {
    i64 first = 0, end = length, step = 32;
    i64 guess = slot_of(sought, length);
    if (length && known[guess] < sought) {
        for (first = guess + 1; first + step < length && known[first + step] < sought; step *= 2)
            first += step + 1;
        if (first + step < length) end = first + step;
    } else if (length) {
        for (end = guess; end - step >= 0 && known[end - step] >= sought; step *= 2) end -= step;
        if (end - step >= 0) first = end - step + 1;
    }
    while (first < end) {
        i64 middle = first + (end - first) / 2;
        if (known[middle] < sought)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* Those of a text's n-grams that are known, which of the known they are, and unit TF-IDF weights
 * over all of the text's n-grams. found_hashes, terms, weights: room for as many as there are. */
static i64 weigh(const u64 *known, const float *idf, i64 vocabulary, float idf_of_unknown,
                 const u64 *hashes, const i64 *counts, i64 length, u64 *found_hashes, i64 *terms,
                 float *weights) {
    i64 found = 0;
    double squares = 0;
    for (i64 i = 0; vocabulary && i < length; i++) {
        i64 guess = slot_of(hashes[i], vocabulary);
        __builtin_prefetch(known + guess);
        __builtin_prefetch(idf + guess);
    }
    for (i64 i = 0; i < length; i++) {
        i64 place = place_of(hashes[i], known, vocabulary);
        int is_known = place < vocabulary && known[place] == hashes[i];
        float frequency = counts[i] == 1 ? 1 : (float)(1 + log((double)counts[i]));
        float weight = frequency * (is_known ? idf[place] : idf_of_unknown);
        squares += (double)weight * weight;
        if (is_known) {
            found_hashes[found] = hashes[i];
            terms[found] = place;
            weights[found++] = weight;
        }
    }
    for (i64 i = 0; i < found; i++) weights[i] /= (float)sqrt(squares);
    return found;
}

/* The bits of an n-gram in its word of a filter: by the lower half of its hash, six for each. */
static u64 mask_of(u64 hash) {
    u64 mask = 0;
    for (int bit = 0; bit < BITS; bit++) mask |= (u64)1 << (hash >> 6 * bit & 63);
    return mask;
}

/* filter: `size` words, all 0. */
void qa_filtered(const u64 *hashes, i64 length, u64 *filter, i64 size) {
    for (i64 i = 0; i < length; i++) filter[slot_of(hashes[i], size)] |= mask_of(hashes[i]);
}

/* covered: (texts,), of the texts at these rows. room: for three times as many as there are hashes,
 * weights for as many.
 *
 * Hashes ascend, and so do the words that they are in: a filter is read from front to back. */
void qa_covered(const u64 *known, const float *idf, i64 vocabulary, float idf_of_unknown,
                const i64 *first_word, const u64 *words, const u64 *hashes, const i64 *counts,
                i64 length, const i64 *rows, i64 texts, u64 *room, float *weights,
                float *covered) {
    u64 *found = room, *masks = room + length;
    i64 *terms = (i64 *)(room + 2 * length);
    length = weigh(known, idf, vocabulary, idf_of_unknown, hashes, counts, length, found, terms,
                   weights);
    for (i64 i = 0; i < length; i++) {
        masks[i] = mask_of(found[i]);
        weights[i] *= weights[i];
    }
    for (i64 text = 0; text < texts; text++) {
        i64 next_row = rows[text + 1 < texts ? text + 1 : text];
        const u64 *filter = words + first_word[rows[text]], *next = words + first_word[next_row];
        i64 size = first_word[rows[text] + 1] - first_word[rows[text]];
        i64 next_size = first_word[next_row + 1] - first_word[next_row];
        float share = 0;
        for (i64 i = 0; i < length; i++) {
            __builtin_prefetch(next + slot_of(found[i], next_size));
            int is_there = (filter[slot_of(found[i], size)] & masks[i]) == masks[i];
            share += weights[i] * (float)is_there; /* no branch: nobody could foresee it */
        }
        covered[text] = within(share, 0, 1);
    }
}

/* keys, rows, products, sums: room for `most`; keys and rows for as many as there are hashes, too;
 * terms, weights: for these. */
i64 qa_similar(const u64 *known, const float *idf, i64 vocabulary, float idf_of_unknown,
               const i64 *column_start, const int32_t *texts, const float *column_weights,
               const u64 *hashes, const i64 *counts, i64 length, i64 most, u64 *keys, i64 *terms,
               float *weights, float *products, i64 *rows, float *sums) {
    i64 cells = 0, found = 0, rarest = 0;
    length = weigh(known, idf, vocabulary, idf_of_unknown, hashes, counts, length, keys, terms,
                   weights);
    for (i64 i = 0; i < length; i++) __builtin_prefetch(column_start + terms[i]);
    /* Two numbers are sorted as one: how many texts a term has, and its place. */
    for (i64 i = 0; i < length; i++)
        keys[i] = (u64)(column_start[terms[i] + 1] - column_start[terms[i]]) << 32 | i;
    sort(keys, (u64 *)rows, length);
    for (i64 seen = 0; rarest < length; rarest++) {
        seen += keys[rarest] >> 32;
        if (seen > most && rarest) break; /* of common terms, some texts are better than none */
    }
    /* rows holds the terms' places, since keys is needed for the texts. */
    for (i64 i = 0; i < rarest; i++) {
        rows[i] = keys[i] & 0xFFFFFFFF;
        __builtin_prefetch(texts + column_start[terms[rows[i]]]);
        __builtin_prefetch(column_weights + column_start[terms[rows[i]]]);
    }
    for (i64 i = 0; i < rarest; i++) {
        i64 start = column_start[terms[rows[i]]], end = column_start[terms[rows[i]] + 1];
        for (i64 cell = start; cell < end && cells < most; cell++, cells++) {
            keys[cells] = (u64)texts[cell] << 32 | cells;
            products[cells] = column_weights[cell] * weights[rows[i]];
        }
    }
    sort(keys, (u64 *)rows, cells);
    for (i64 i = 0; i < cells; i++) {
        i64 text = keys[i] >> 32;
        if (!found || rows[found - 1] != text) {
            rows[found] = text;
            sums[found++] = 0;
        }
        sums[found - 1] += products[keys[i] & 0xFFFFFFFF];
    }
    for (i64 i = 0; i < found; i++) sums[i] = within(sums[i], 0, 1);
    return found;
}

/* Metric --------------------------------------------------------------------------------------- */

/* turned: (dimension,), the product of a metric, (dimension, dimension), and a vector, over the
 * vector's length under it, the square of which is at least `least`. */
void qa_turned(const float *metric, i64 dimension, const float *vector, double least,
               float *turned) {
    double square = 0;
    for (i64 i = 0; i < AHEAD && i < dimension; i++) fetch_row(metric, i, dimension);
    for (i64 i = 0; i < dimension; i++) {
        fetch_row(metric, i + AHEAD < dimension ? i + AHEAD : -1, dimension);
        turned[i] = product(metric + i * dimension, vector, dimension);
        square += (double)turned[i] * vector[i];
    }
    float length = (float)sqrt(square > least ? square : least);
    for (i64 i = 0; i < dimension; i++) turned[i] /= length;
}

/* The nearest ---------------------------------------------------------------------------------- */

static int is_behind(i64 one, i64 other, const i64 *rows, const float *scores) {
    if (scores[one] != scores[other]) return scores[one] < scores[other];
    return rows[one] > rows[other];
}

/* Puts what stands at a place of the heap, whose first is behind all others, where it belongs. */
static void sink(i64 *heap, i64 place, i64 length, const i64 *rows, const float *scores) {
    i64 moved = heap[place];
    for (i64 child; (child = 2 * place + 1) < length; place = child) {
        if (child + 1 < length && is_behind(heap[child + 1], heap[child], rows, scores)) child++;
        if (!is_behind(heap[child], moved, rows, scores)) break;
        heap[place] = heap[child];
    }
    heap[place] = moved;
}

/* best: room for k; k is no more than there are rows. */
void qa_nearest(const i64 *rows, const float *scores, i64 length, i64 k, i64 *best) {
    if (!k) return;
    for (i64 i = 0; i < k; i++) best[i] = i;
    for (i64 i = k / 2; i--;) sink(best, i, k, rows, scores);
    for (i64 i = k; i < length; i++)
        if (is_behind(best[0], i, rows, scores)) {
            best[0] = i;
            sink(best, 0, k, rows, scores);
        }
    for (i64 i = k - 1; i > 0; i--) {
        i64 last = best[0];
        best[0] = best[i];
        best[i] = last;
        sink(best, 0, i, rows, scores);
    }
    for (i64 i = 0; i < k; i++) best[i] = rows[best[i]];
}

/* scores: (length,), the products of a query and the vectors of these rows. */
void qa_products(const float *vectors, i64 dimension, const float *query, const i64 *rows,
                 i64 length, float *scores) {
    for (i64 i = 0; i < AHEAD && i < length; i++) fetch_row(vectors, rows[i], dimension);
    for (i64 i = 0; i < length; i++) {
        fetch_row(vectors, i + AHEAD < length ? rows[i + AHEAD] : -1, dimension);
        scores[i] = product(vectors + rows[i] * dimension, query, dimension);
    }
}

/* members: room for all; null to be told how many they are. */
i64 qa_members(const i64 *first, const i64 *rows, const i64 *groups, i64 length, i64 *members) {
    i64 found = 0;
    for (i64 i = 0; i < length; i++) {
        if (groups[i] < 0) continue; /* none */
        i64 size = first[groups[i] + 1] - first[groups[i]];
        if (members) memcpy(members + found, rows + first[groups[i]], size * sizeof *rows);
        found += size;
    }
    return found;
}

/* scores: (candidates,), of their columns by weight, or 1 where they are exact; no other is above
 * `almost`, and what is no number is the least that a column can be. order: (candidates,), their
 * places from best to worst; of equal ones those before. */
void qa_ranked(const float *columns, i64 candidates, i64 width, const double *weights,
               const uint8_t *exact, double almost, double *scores, i64 *order) {
    for (i64 i = 0; i < candidates; i++) {
        double score = 0;
        for (i64 column = 0; column < width; column++)
            score += columns[i * width + column] * weights[column];
        scores[i] = exact[i] ? 1 : isnan(score) ? -1 : score > almost ? almost : score;
        i64 place = i; /* a retriever gives some hundred at most: nothing sorts so few faster */
        for (; place && scores[order[place - 1]] < scores[i]; place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
}

/* Evidence ------------------------------------------------------------------------------------- */

/* An entry's rows come in these parts, the parts one after the other. */
enum { WORDINGS, ANSWER, BOTH, PASSAGES, PARTS };

/* Columns of evidence. */
enum { PHRASING, TYPICAL, OF_ANSWER, QUESTION_ANSWER };

i64 qa_rows(const i64 *first_row, const i64 *entries, i64 candidates) {
    i64 rows = 0;
    for (i64 i = 0; i < candidates; i++)
        rows += first_row[entries[i] * PARTS + PARTS] - first_row[entries[i] * PARTS];
    return rows;
}

/* The larger of two, of which one may be no number. */
static float larger(float one, float other) {
    return isnan(one) || other > one ? other : one;
}

static void fill_in(const float *best, float mean, float *columns) {
    float answer = larger(best[ANSWER], best[PASSAGES]);
    int is_wordless = isnan(best[WORDINGS]), is_lacking = isnan(best[BOTH]);
    columns[PHRASING] = is_wordless ? answer : best[WORDINGS];
    columns[TYPICAL] = is_wordless ? answer : mean > 1 ? 1 : mean;
    columns[OF_ANSWER] = is_lacking ? larger(best[WORDINGS], answer) : answer;
    columns[QUESTION_ANSWER] = is_lacking ? columns[OF_ANSWER] : best[BOTH];
}

/* Goes through the rows of one candidate after the other. */
typedef struct {
    const i64 *first_row, *entries;
    i64 candidates, place, row;
} rows_in_turn;

/* The next row; -1 when there are no more. */
static i64 next_row(rows_in_turn *turn) {
    while (turn->place < turn->candidates) {
        const i64 *first = turn->first_row + turn->entries[turn->place] * PARTS;
        if (turn->row < first[0]) turn->row = first[0];
        if (turn->row < first[PARTS]) return turn->row++;
        turn->place++; /* entries ascend, and so do their rows */
    }
    return -1;
}

/* entries: ascending. starts: (candidates, PARTS + 1). columns: (candidates, width), the first four
 * are written. */
void qa_compared(const i64 *first_row, const float *vectors, i64 dimension, const float *lengths,
                 const float *turned, const float *centroids, const i64 *entries, i64 candidates,
                 float *cosines, i64 *starts, float *columns, i64 width) {
    i64 compared = 0;
    rows_in_turn ahead = {first_row, entries, candidates, 0, 0};
    for (int i = 0; i < AHEAD; i++) fetch_row(vectors, next_row(&ahead), dimension);
    for (i64 i = 0; i < candidates; i++) {
        const i64 *first = first_row + entries[i] * PARTS;
        float best[PARTS], total = 0;
        for (int part = 0; part < PARTS; part++) {
            best[part] = NAN;
            *starts++ = compared;
            for (i64 row = first[part]; row < first[part + 1]; row++) {
                fetch_row(vectors, next_row(&ahead), dimension);
                float cosine = product(vectors + row * dimension, turned, dimension) / lengths[row];
                cosines[compared++] = cosine = within(cosine, -1, 1);
                best[part] = larger(best[part], cosine);
                if (part == WORDINGS) total += cosine;
            }
        }
        *starts++ = compared;
        /* The cosine to a mean is the mean of the cosines over the mean's length. */
        i64 wordings = first[WORDINGS + 1] - first[WORDINGS];
        fill_in(best, total / (wordings * centroids[entries[i]]), columns + i * width);
    }
}
