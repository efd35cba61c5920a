"""判定: applicability, judgements, level rules, corrective actions."""
