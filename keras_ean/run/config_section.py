"""What sections of a run's configuration are made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Named(BaseModel):
    """A registered name with its options, as `{name: se, reduction: 4}` or just `se`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str = Field(
        description="the name that it is registered under; all other keys of the section are options of it"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})
