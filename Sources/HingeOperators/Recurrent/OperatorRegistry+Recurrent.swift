extension OperatorRegistry {
    static let recurrent: [any Operator.Type] = [
        GRU.self,
        LSTM.self,
        RNN.self,
    ]
}
