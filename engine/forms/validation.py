"""Turns what was handed in into the values of a form, or says field by field what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import marshmallow as ma

from engine import expressions
from engine.errors import ExpressionError, FieldError, InvalidForm
from engine.forms.definition import DEFAULT_FILES, Field, Form
from engine.forms.schema import Choosable, empty, schema_of, without_blanks

Errors = dict[str, list[FieldError]]
_SCHEMAS: WeakKeyDictionary[Form, ma.Schema] = WeakKeyDictionary()


def validate(
    form: Form,
    submitted: Mapping[str, Any],
    *,
    variables: Mapping[str, Any],
    agencies: Collection[str],
    files: Mapping[str, int] | None = None,
    case: Callable[[str], str] | None = None,
) -> dict[str, Any]:
    """The values to store, in the order of the form.

    1. Every value that was handed in is read according to its field's type.
    2. Field by field, `when` decides over the variables and the values so far whether the field applies.
    3. What does not apply is dropped; what applies and is required must be there.

    Args:
        submitted: by field name; text as typed, or JSON values. Table: a list of rows by column name.
        variables: of the case, for `when`.
        agencies: ids of the agencies that may be chosen today.
        files: number of files handed in, by attachments field.
        case: gives the code of another case that may be named, by what was typed; raises `typed.Wrong`.

    Returns:
        JSON values without floats. A field that applies and was left empty has "", [], False or None by its type; a
        field that does not apply is absent; attachments are [], to be replaced by what was stored.

    Raises:
        InvalidForm: by field name; a table's cell by `table.row.column`, rows that are not empty counted from 0.
            Codes: form.unknown_field, form.required, form.given, form.repeated, and those of `engine.forms.typed`
            and `engine.forms.schema`.
        ExpressionError: a `when` of the form has no value though nothing else is wrong.
    """
    values, errors = _read(form, submitted, Choosable(agencies, case))
    check = _Check(form, values, errors, variables, dict(variables), files or {})
    check.run()
    if check.errors:
        raise InvalidForm({name: [_labelled(form, name, one) for one in found] for name, found in check.errors.items()})
    return check.kept


def applicable(form: Form, values: Mapping[str, Any], variables: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields that apply while the form holds these values; in doubt a field applies and is shown."""
    scope = {**variables, **{one.name: empty(one) for one in form.fields if one.type != "note"}, **values}
    return frozenset(one.name for one in form.fields if _applies(one, scope, in_doubt=True))


def idle(form: Form, submitted: Mapping[str, Any], variables: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields that do not apply to what stands in the boxes, or hang on what is not answered yet.

    What cannot be read is taken as not answered.
    """
    values, _errors = _read(form, submitted, Choosable())
    open_ = {one.name for one in form.fields if one.name not in values}
    waiting = {one.name for one in form.fields if one.when and open_ & expressions.names(one.when)}
    return frozenset(one.name for one in form.fields) - (applicable(form, values, variables) - waiting)


def ruled_out(form: Form, variables: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields that cannot apply whatever is filled in: the case alone has decided so."""
    own = {one.name for one in form.fields}
    scope = {name: value for name, value in variables.items() if name not in own}
    return frozenset(one.name for one in form.fields if _is_ruled_out(one, own, scope))


def _is_ruled_out(one: Field, own: Collection[str], scope: Mapping[str, Any]) -> bool:
    if one.when is None or any(f"defined('{name}')" in one.when for name in own):
        return False
    try:
        return not expressions.evaluate_condition(one.when, scope)
    except ExpressionError:  # it looks at what is yet to be filled in
        return False


def prefill(form: Form, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values with which a form is first shown. A convenience: what cannot be had or does not fit is left empty."""
    return {name: value for one in form.fields for name, value in _prefilled(one, variables)}


def _prefilled(one: Field, variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if one.prefill is None:
        return
    try:
        value = expressions.evaluate(one.prefill, variables)
        if one.type not in ("text", "textarea") or not isinstance(value, str):  # long text is for the person to shorten
            # Rows may begin with some of their cells: the others are what the person is asked for.
            known = without_blanks([one], {one.name: value})
            value = schema_of([one], Choosable()).load(known, partial=True).get(one.name)
    except (ExpressionError, ma.ValidationError):
        return
    if value is not None:
        yield one.name, value


def _read(form: Form, submitted: Mapping[str, Any], choosable: Choosable) -> tuple[dict[str, Any], Errors]:
    """What could be read, and what is wrong with the rest."""
    try:
        return dict(_schema(form, choosable).load(without_blanks(form.fields, submitted))), {}
    except ma.ValidationError as error:
        errors: Errors = {}
        for path, one in _flat(error.messages, ""):
            errors.setdefault(path, []).append(one)
        good = error.valid_data if isinstance(error.valid_data, dict) else {}
        return {name: value for name, value in good.items() if name not in _roots(errors)}, errors


def _schema(form: Form, choosable: Choosable) -> ma.Schema:
    """The form's schema; one that asks for no agency and no case is the same every day, and is made once."""
    if form.asks_for_agencies or form.asks_for_case:
        return schema_of(form.fields, choosable)
    if form not in _SCHEMAS:
        _SCHEMAS[form] = schema_of(form.fields, Choosable())
    return _SCHEMAS[form]


def _roots(errors: Mapping[str, Any]) -> set[str]:
    return {path.partition(".")[0] for path in errors}


def _flat(messages: Any, path: str) -> Iterator[tuple[str, FieldError]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, path)
    else:
        yield path, messages if isinstance(messages, FieldError) else FieldError("form.value")


def _labelled(form: Form, path: str, error: FieldError) -> FieldError:
    """The error with its field's label, in both languages, or the bare name where there is no such field."""
    fields, found = form.fields, None
    for name in (part for part in path.split(".") if not part.isdecimal()):
        found = next((one for one in fields if one.name == name), None)
        fields = found.columns if found else ()
    return FieldError(error.code, {"label": found.label if found else path[:80], **error.params})


def _applies(one: Field, scope: Mapping[str, Any], *, in_doubt: bool | None) -> bool:
    if one.when is None:
        return True
    try:
        return expressions.evaluate_condition(one.when, scope)
    except ExpressionError:
        if in_doubt is None:
            raise
        return in_doubt


@dataclass
class _Check:
    """Goes through the fields in the order of the form."""

    form: Form
    values: Mapping[str, Any]
    errors: Errors
    variables: Mapping[str, Any]
    scope: dict[str, Any]
    files: Mapping[str, int]
    kept: dict[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        takes_files = {one.name for one in self.form.fields if one.type == "attachments"}
        for name in self.files.keys() - takes_files:
            self._wrong(name, "form.unknown_field")
        for one in self.form.fields:
            if one.type != "note":
                self._field(one)
                self.scope[one.name] = self.kept.get(one.name, empty(one))

    def _field(self, one: Field) -> None:
        # A condition may fail only because an earlier field is wrong; that field is then what the person hears of.
        if not _applies(one, self.scope, in_doubt=False if self.errors else None):
            self._drop(one)
        elif one.type == "attachments":
            self._attachments(one)
        elif one.name in self.values:
            self.kept[one.name] = self.values[one.name]
            self._rows(one)
        elif one.name in _roots(self.errors):
            return
        elif one.required:
            self._wrong(one.name, "form.required")
        else:
            self.kept[one.name] = empty(one)

    def _rows(self, one: Field) -> None:
        """What a table insists on beyond its cells: columns that are given, and such as never repeat."""
        rows, given = self.kept[one.name], [column.name for column in one.columns if column.given]
        stands = dict(_prefilled(one, self.variables)).get(one.name) if given else None
        if stands and _cells(stands, given) != _cells(rows, given):
            self._wrong(one.name, "form.given")
        for column in (column.name for column in one.columns if column.distinct):
            said = [row[column] for row in rows]
            for number in (number for number, value in enumerate(said) if value in said[:number]):
                self._wrong(f"{one.name}.{number}.{column}", "form.repeated", row=said.index(said[number]) + 1)

    def _drop(self, one: Field) -> None:
        for path in [path for path in self.errors if path.partition(".")[0] == one.name]:
            del self.errors[path]
        if self.files.get(one.name):
            self._wrong(one.name, "form.files_not_asked")

    def _attachments(self, one: Field) -> None:
        count, most = self.files.get(one.name, 0), one.max_files or DEFAULT_FILES
        if one.required and not count:
            self._wrong(one.name, "form.required")
        elif count > most:
            self._wrong(one.name, "form.too_many_files", limit=most, count=count)
        elif one.name not in self.errors:
            self.kept[one.name] = []

    def _wrong(self, name: str, code: str, **params: Any) -> None:
        self.errors.setdefault(name, []).append(FieldError(code, params))


def _cells(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[list[Any]]:
    return [[row[name] for name in columns] for row in rows]
