#if OneDNN
    internal import COneDNN
    import HingeOperators

    /// A long short-term memory, with peepholes or without.
    enum LSTMLowering: Lowering {
        static var isWorthPlanning: Bool { true }
        static var givesSeveral: Bool { true }

        static func lower(
            _ operation: LSTM, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard !operation.couplesInputAndForget else { return false }
            // oneDNN has the gates in the order i, f, c, o, and their peepholes in the order i, f, o.
            let cell = RecurrentCell(
                gates: [0, 2, 3, 1], peepholes: [0, 2, 1],
                bound: { cell, time in 1 + cell + Float(time) },
                make: { dnn_lstm($0, $1, $2, $3, $4) })
            return try builder.lower(operation, cell, node)
        }
    }
#endif
