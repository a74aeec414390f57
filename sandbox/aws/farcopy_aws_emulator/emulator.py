"""The state of the emulator besides moto's own, and the only place where moto and it are joined."""

from __future__ import annotations

from threading import RLock
from typing import cast

from .access.authorization import Authorization
from .access.denials import DenialBook
from .access.sessions import SessionBook
from .call import CURRENT_CALL
from .call_log import CallLog
from .clock import Clock, SystemClock
from .data.workspace import Workspace
from .faults import EXPORT_FAULTS, OPERATION_FAULTS, Fault, FaultBook
from .limits import LimitKey, LimitLedger
from .operations import Operation, OperationBook, OperationKind
from .settings import Settings
from .work import Work


class Emulator:
    """One per process, because moto's state is the process's."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.settings = Settings()
        #: Held while a call changes or reads state: checking a limit and taking a slot are one step.
        self.lock = RLock()
        self.operations = OperationBook()
        self.limits = LimitLedger(self.clock, lambda: self.settings, self._count_stock)
        self.faults = FaultBook(self.settings.seed)
        self.calls = CallLog()
        self.sessions = SessionBook()
        self.denials = DenialBook()
        self.authorization = Authorization()
        self.workspace = Workspace()

    def install(self) -> None:
        """Puts the emulator's services in the place of moto's. Slow: loads the services."""
        from moto.kms import urls as kms_urls
        from moto.rds import models as rds_models
        from moto.rds import urls as rds_urls
        from moto.sts import urls as sts_urls

        import moto_fixes

        moto_fixes.apply()

        from .access.kms_responses import EmulatedKmsResponse
        from .access.sts_responses import EmulatedStsResponse
        from .rds.backend import EmulatedRdsBackend
        from .rds.databases import DBCluster, DBInstance, DBInstanceClustered
        from .rds.responses import EmulatedRdsResponse

        EmulatedRdsBackend.emulator = self
        EmulatedStsResponse.emulator = self
        EmulatedKmsResponse.emulator = self
        rds_models.DBCluster = DBCluster  # type: ignore[misc]
        rds_models.DBInstance = DBInstance  # type: ignore[misc]
        rds_models.DBInstanceClustered = DBInstanceClustered  # type: ignore[misc]
        rds_models.rds_backends.backend = EmulatedRdsBackend
        rds_urls.url_paths = {"{0}/$": EmulatedRdsResponse.dispatch}
        kms_urls.url_paths = {"{0}/$": EmulatedKmsResponse.dispatch}
        sts_urls.url_paths = {"{0}/$": EmulatedStsResponse.dispatch}

    def start_operation(
        self, kind: OperationKind, arn: str, source_arn: str, size_gib: float, work: Work | None = None
    ) -> Operation:
        """Starts what the current call asked for, with the fault on operations that hits it, if one does."""
        fault = self.faults.strike(CURRENT_CALL.get(), OPERATION_FAULTS)
        if fault:
            CURRENT_CALL.get().fault_id = fault.id
        operation = Operation(
            kind,
            arn,
            source_arn,
            started_at=self.clock.now(),
            seconds=self.settings.operation_seconds(kind, size_gib, arn),
            hang_at=fault.details["atPercent"] if fault and fault.type == "hang-operation" else None,
            fail_at=fault.details["afterPercent"] if fault and fault.type == "fail-operation" else None,
            failure_cause=fault.details["cause"] if fault and fault.type == "fail-operation" else None,
            work=work,
        )
        self.operations.add(operation)
        return operation

    def strike_export(self) -> list[Fault]:
        """All faults on what an export writes that hit the current call."""
        struck = self.faults.strike_all(CURRENT_CALL.get(), EXPORT_FAULTS)
        if struck:
            CURRENT_CALL.get().fault_id = struck[0].id
        return struck

    def reset(self) -> None:
        """Forgets everything, settings included."""
        from moto.moto_api._internal.models import moto_api_backend

        from .rds.databases import all_databases

        # What works in the background first: it would write on.
        self.operations.clear()
        for database in all_databases():
            if database.data:
                database.data.remove()
        moto_api_backend.reset()
        self.workspace.clear()
        self.settings = Settings()
        self.limits.clear()
        self.faults.clear()
        self.faults.reseed(self.settings.seed)
        self.calls.clear()
        self.sessions.clear()
        self.denials.clear()
        self.authorization.clear()

    def _count_stock(self, key: LimitKey) -> int:
        from moto.rds.models import rds_backends

        from .rds.backend import EmulatedRdsBackend

        return cast(EmulatedRdsBackend, rds_backends[key.account][key.region]).manual_snapshot_count(key.limit)
