/** On an answer that refuses a call which was made more than once: what stands in its way may be its own first time. */
export const repeatedHeader = 'x-jzse-repeated';
