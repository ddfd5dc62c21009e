-- A merge costs a span nearly as much as being stored did, so ten fresh parts are merged at a time and not five, as the engine prefers:
-- half as many merges until a day's parts are large. Parts that are left over are merged as they age.
ALTER TABLE spans
    MODIFY SETTING merge_selector_base = 10, merge_selector_enable_heuristic_to_lower_max_parts_to_merge_at_once = 0
