#if OneDNN
    internal import COneDNN
    import HingeOperators

    /// A recurrent layer with an update and a reset gate, of both forms.
    enum GRULowering: Lowering {
        static var isWorthPlanning: Bool { true }
        static var givesSeveral: Bool { true }

        static func lower(
            _ operation: GRU, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            let isLinearBeforeReset = operation.isLinearBeforeReset
            let cell = RecurrentCell(
                gates: [0, 1, 2], hasSeparateBias: isLinearBeforeReset,
                bound: { state, _ in max(1, state) },
                make: { dnn_gru($0, $1, isLinearBeforeReset, $2, $3, $4) })
            return try builder.lower(operation, cell, node)
        }
    }
#endif
