extension OperatorRegistry {
    static let signals: [any Operator.Type] = [
        BlackmanWindow.self,
        DFT.self,
        HammingWindow.self,
        HannWindow.self,
        MelWeightMatrix.self,
        STFT.self,
    ]
}
